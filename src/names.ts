import { isUtf8 } from 'node:buffer'
import { badArgument } from './errors.js'

/** A byte that is not part of valid UTF-8 stands as this code unit plus its value: U+DC80…U+DCFF. */
const ESCAPE = 0xdc00

/** A name from its bytes: UTF-8; every byte that is not stands as U+DC80…U+DCFF, so that encodeName() gives the same bytes back. */
export function decodeName(bytes: Uint8Array): string {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (isUtf8(all)) return all.toString('utf8')
  let text = ''
  for (let at = 0; at < all.length; ) {
    const length = sequenceLength(all[at] ?? 0)
    const sequence = all.subarray(at, at + length)
    const valid = sequence.length === length && isUtf8(sequence)
    text += valid ? sequence.toString('utf8') : String.fromCharCode(ESCAPE + (all[at] ?? 0))
    at += valid ? length : 1
  }
  return text
}

function sequenceLength(lead: number): number {
  if (lead < 0xc0) return 1
  if (lead < 0xe0) return 2
  return lead < 0xf0 ? 3 : 4
}

/** The bytes of a name that decodeName() made, or of any text. Throws `bad-argument` for half a surrogate pair that stands for no byte. */
export function encodeName(name: string): Buffer {
  if (name.isWellFormed()) return Buffer.from(name, 'utf8')
  const pieces: Buffer[] = []
  for (const character of name) {
    const value = character.codePointAt(0) ?? 0
    if (value < 0xd800 || value > 0xdfff) pieces.push(Buffer.from(character, 'utf8'))
    else if (value >= ESCAPE + 0x80 && value <= ESCAPE + 0xff) pieces.push(Buffer.of(value - ESCAPE))
    else throw badArgument(`The name holds half a surrogate pair, U+${value.toString(16).toUpperCase()}.`)
  }
  return Buffer.concat(pieces)
}
