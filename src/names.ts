import { isUtf8 } from 'node:buffer'
import { badArgument } from './errors.js'

/** A byte that is not part of valid UTF-8 is decoded to this code unit plus its value: U+DC80…U+DCFF. */
const ESCAPE = 0xdc00

/** Decodes a name as UTF-8; every invalid byte becomes U+DC80…U+DCFF, so that encodeName() restores the same bytes. */
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

/** Encodes a name from decodeName(), or any text. Throws `bad-argument` for a lone surrogate that represents no byte. */
export function encodeName(name: string): Buffer {
  if (name.isWellFormed()) return Buffer.from(name, 'utf8')
  const pieces: Buffer[] = []
  for (const character of name) {
    const value = character.codePointAt(0) ?? 0
    if (value < 0xd800 || value > 0xdfff) pieces.push(Buffer.from(character, 'utf8'))
    else if (value >= ESCAPE + 0x80 && value <= ESCAPE + 0xff) pieces.push(Buffer.of(value - ESCAPE))
    else throw badArgument(`The name contains a lone surrogate, U+${value.toString(16).toUpperCase()}.`)
  }
  return Buffer.concat(pieces)
}
