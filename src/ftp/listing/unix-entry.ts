import type { Entry, EntryType } from '../../store.js'
import { dateOf, type When } from './dates/time.js'

/** What is before the size in a line of `ls -l`. */
export interface Whose {
  readonly type: EntryType
  readonly mode?: number
  readonly owner?: string
  readonly group?: string
}

/** What a line says before it is an entry. */
export interface Columns {
  readonly whose: Whose
  /** As it is printed: that of a link is the length of its target; NaN for the two numbers of a device. */
  readonly size: number
  readonly when: When
  /** The name, and the target of a link. */
  readonly text: string
  readonly line: string
}

/** The entry that the columns of a line make. */
export function entry({ whose: { type, mode, owner, group }, size: printed, when, text, line }: Columns): Entry {
  const size = type === 'directory' || type === 'link' ? undefined : safe(printed)
  const { name, target } = type === 'link' ? linkName(text, printed) : { name: text, target: undefined }
  const bare = type === 'directory' && name.endsWith('/') ? name.slice(0, -1) : name
  const { precision, zone } = when
  return { name: bare, type, size, modified: dateOf(when), precision, zone, mode, owner, group, target, raw: line }
}

/** Not known when it is more than a number can hold exactly. */
function safe(size: number): number | undefined {
  return Number.isSafeInteger(size) && size >= 0 ? size : undefined
}

const TYPES: ReadonlyMap<string, EntryType> = new Map([
  ['-', 'file'],
  ['d', 'directory'],
  ['l', 'link'],
])

/** The type that the first letter of the permissions says. */
export function typeOf(letter: string): EntryType {
  return TYPES.get(letter) ?? 'other'
}

/** Either part of `name -> target` may hold the arrow: the target is the part as long as the link's size says, else the longest. */
function linkName(text: string, size: number): { name: string; target?: string } {
  const first = text.indexOf(ARROW)
  if (first < 0) return { name: text }
  let left = bytesOf(text, 0, text.length)
  let from = 0
  for (let at = first; at >= 0 && left > size; at = text.indexOf(ARROW, from)) {
    left -= bytesOf(text, from, at + ARROW.length)
    from = at + ARROW.length
    if (at > 0 && left === size) return { name: text.slice(0, at), target: text.slice(from) }
  }
  return { name: text.slice(0, first), target: text.slice(first + ARROW.length) }
}

const ARROW = ' -> '

/** Bytes of a part of a text in UTF-8; a byte that is not UTF-8 stands as U+DC80…U+DCFF and is one. */
function bytesOf(text: string, from: number, to: number): number {
  let bytes = 0
  for (let at = from; at < to; at++) {
    const code = text.charCodeAt(at)
    if (code < 0x80) bytes += 1
    else if (code < 0x800) bytes += 2
    else if (code >= 0xd800 && code < 0xdc00) {
      bytes += 4
      at++
    } else bytes += code >= 0xdc80 && code <= 0xdcff ? 1 : 3
  }
  return bytes
}

/** `rwxr-sr-T` as bits. */
export function modeOf(bits: string): number {
  let mode = 0
  for (let i = 0; i < 9; i++) {
    const letter = bits[i] ?? '-'
    if (letter !== '-' && letter !== 'S' && letter !== 'T' && letter !== 'l' && letter !== 'L') mode |= 0o400 >> i
    if (i % 3 === 2 && letter !== '-' && letter !== 'x') mode |= 0o4000 >> ((i - 2) / 3)
  }
  return mode
}
