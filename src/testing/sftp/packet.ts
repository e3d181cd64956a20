import { decodeName, encodeName } from '../../names.js'
import type { Entry } from '../../store.js'
import { unixLine } from '../server/listing.js'
import { Refusal, STATUS } from './refusal.js'

/** The packet types of draft-ietf-secsh-filexfer-02 section 3. */
export const REQUESTS = {
  1: 'INIT',
  3: 'OPEN',
  4: 'CLOSE',
  5: 'READ',
  6: 'WRITE',
  7: 'LSTAT',
  8: 'FSTAT',
  9: 'SETSTAT',
  10: 'FSETSTAT',
  11: 'OPENDIR',
  12: 'READDIR',
  13: 'REMOVE',
  14: 'MKDIR',
  15: 'RMDIR',
  16: 'REALPATH',
  17: 'STAT',
  18: 'RENAME',
  19: 'READLINK',
  20: 'SYMLINK',
  200: 'EXTENDED',
} as const satisfies Readonly<Record<number, string>>
export type RequestName = (typeof REQUESTS)[keyof typeof REQUESTS]

export const ANSWERS = { VERSION: 2, STATUS: 101, HANDLE: 102, DATA: 103, NAME: 104, ATTRS: 105, REPLY: 201 } as const

const ATTR = { size: 1, owner: 2, mode: 4, times: 8, extended: 0x80000000 } as const

/** The attributes that a client sets (section 5). */
export interface RequestedAttributes {
  readonly size?: number
  readonly mode?: number
  readonly modified?: Date
  /** Attributes that no store keeps: owners. */
  readonly more: boolean
}

/** Parses a request. Throws a Refusal with BAD where it is shorter than its lengths. */
export class Reader {
  readonly #bytes: Buffer
  #at: number

  constructor(bytes: Buffer, at = 0) {
    this.#bytes = bytes
    this.#at = at
  }

  byte(): number {
    return this.#bytes[this.#step(1)] ?? 0
  }

  number(): number {
    return this.#bytes.readUInt32BE(this.#step(4))
  }

  /** Throws for an offset that no file can have. */
  offset(): number {
    const offset = Number(this.#bytes.readBigUInt64BE(this.#step(8)))
    if (Number.isSafeInteger(offset)) return offset
    throw new Refusal(STATUS.BAD, 'No file is that long')
  }

  bytes(): Buffer {
    const length = this.number()
    const from = this.#step(length)
    return this.#bytes.subarray(from, from + length)
  }

  /** Reads a path or another text. */
  text(): string {
    const text = decodeName(this.bytes())
    if (/[\r\n\0]/.test(text)) throw new Refusal(STATUS.BAD, 'Names with line breaks or NULs are not served')
    return text
  }

  requestedAttributes(): RequestedAttributes {
    const flags = this.number()
    const size = flags & ATTR.size ? this.offset() : undefined
    if (flags & ATTR.owner) this.#step(8)
    const mode = flags & ATTR.mode ? this.number() & 0o7777 : undefined
    if (flags & ATTR.times) this.number()
    const modified = flags & ATTR.times ? new Date(this.number() * 1000) : undefined
    return { size, mode, modified, more: (flags & (ATTR.owner | ATTR.extended)) !== 0 }
  }

  #step(length: number): number {
    const at = this.#at
    if (length > this.#bytes.length - at) throw new Refusal(STATUS.BAD, 'The request is cut short')
    this.#at += length
    return at
  }
}

export function number(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value >>> 0)
  return bytes
}

export function long(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(value))
  return bytes
}

/** Encodes a string: a length and as many bytes. */
export function text(value: string | Uint8Array): Buffer {
  const bytes = typeof value === 'string' ? encodeName(value) : value
  return Buffer.concat([number(bytes.length), bytes])
}

/** Encodes a whole packet: its length, its type and its fields. */
export function packet(type: number, ...fields: readonly Uint8Array[]): Buffer {
  const length = fields.reduce((sum, field) => sum + field.length, 1)
  return Buffer.concat([number(length), Buffer.of(type), ...fields])
}

const TYPE_BITS = { file: 0o100000, directory: 0o040000, link: 0o120000, other: 0o010000, unreadable: 0 } as const
const MODES = { file: 0o644, directory: 0o755, link: 0o777, other: 0o600, unreadable: 0 } as const

/** How the truth about an entry is bent. */
export interface Bent {
  readonly attributes?: 'none' | 'untyped'
  readonly bareNames?: boolean
  readonly size?: number
}

/** What is known of an entry, as ATTRS. */
export function attributes(entry: Entry, bent: Bent = {}): Buffer {
  if (bent.attributes === 'none') return number(0)
  const { type, modified } = entry
  const size = bent.size ?? entry.size ?? 0
  const typeBits = bent.attributes === 'untyped' ? 0 : TYPE_BITS[type]
  const seconds = Math.floor((modified?.getTime() ?? 0) / 1000)
  const flags = (type === 'file' ? ATTR.size : 0) | ATTR.mode | (modified ? ATTR.times : 0)
  return Buffer.concat([
    number(flags),
    ...(type === 'file' ? [long(size)] : []),
    number((entry.mode ?? MODES[type]) | typeBits),
    ...(modified ? [number(seconds), number(seconds)] : []),
  ])
}

/** An entry as NAME carries it: its name, the line `ls -l` would show, ATTRS. */
export function named(entry: Entry, bent: Bent = {}): Buffer {
  const line = bent.bareNames ? entry.name : unixLine(entry, new Date())
  return Buffer.concat([text(entry.name), text(line), attributes(entry, bent)])
}

export function names(id: number, entries: readonly Buffer[]): Buffer {
  return packet(ANSWERS.NAME, number(id), number(entries.length), ...entries)
}
