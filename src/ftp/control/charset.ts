import { badArgument } from '../../errors.js'
import { decodeName, encodeName } from '../../names.js'
import { checkLine } from '../../path.js'
import { printable } from '../../printable.js'

/** How names and texts are encoded on a connection. */
export interface Charset {
  readonly name: string
  decode(bytes: Uint8Array): string
  /**
   * The bytes of a text. Throws `bad-argument` for a character the charset lacks, and when a line break or NUL would come out
   * that did not go in: it would end the command and begin another.
   */
  encode(text: string): Uint8Array
}

/** UTF-8. An invalid byte is decoded to U+DC80…U+DCFF and encoded back unchanged. */
export const utf8: Charset = { name: 'utf-8', decode: decodeName, encode: encodeName }

/** ISO 8859-1: every byte is a character, so nothing is ever undecodable. */
const latin1: Charset = {
  name: 'latin1',
  decode: (bytes) => view(bytes).toString('latin1'),
  encode(text) {
    const lacking = text.search(/[^\x00-\xff]/)
    if (lacking >= 0) throw lacks('latin1', text, lacking)
    return Buffer.from(text, 'latin1')
  },
}

const BUILT_IN: ReadonlyMap<string, Charset> = new Map([
  ['utf8', utf8],
  ['latin1', latin1],
  ['iso88591', latin1],
])

/** The charset of that name, spelled as people spell it. Throws `bad-argument` for one that is not known or cannot carry commands. */
export async function charset(name: string): Promise<Charset> {
  checkLine(name, 'encoding')
  const builtIn = BUILT_IN.get(name.toLowerCase().replace(/[-_: .]/g, ''))
  if (builtIn) return builtIn
  // Costs 10 ms to import and 23 at its first use: only those who need it pay.
  const { default: iconv } = await import('iconv-lite')
  if (name === '' || !iconv.encodingExists(name)) throw unknown(name)
  // UTF-16 would put a NUL beside every letter; base64 and hex are codecs of iconv-lite, not charsets.
  if (!iconv.encode(COMMAND, name).equals(Buffer.from(COMMAND))) throw unknown(name)
  return {
    name,
    decode: (bytes) => iconv.decode(view(bytes), name, { stripBOM: false }),
    encode(text) {
      const bytes = iconv.encode(text, name, { addBOM: false })
      checkRoundTrip(iconv.decode(bytes, name, { stripBOM: false }), text, name)
      checkBreaks(bytes, text, name)
      return bytes
    },
  }
}

const IAC = 0xff

/** The bytes as Telnet carries them: a byte 0xFF is IAC there, and is sent twice (RFC 854). */
export function overTelnet(bytes: Uint8Array): Uint8Array {
  if (!bytes.includes(IAC)) return bytes
  return Uint8Array.from([...bytes].flatMap((byte) => (byte === IAC ? [IAC, IAC] : [byte])))
}

/** What must look like ASCII for a charset to carry commands. */
const COMMAND = 'RETR /aZ09._-\r\n'

/** iconv-lite puts '?' or another look-alike for what the charset lacks: compare, and refuse rather than write another name. */
function checkRoundTrip(again: string, text: string, name: string): void {
  if (again === text) return
  let at = 0
  while (again[at] === text[at]) at++
  throw lacks(name, text, at)
}

function checkBreaks(bytes: Uint8Array, text: string, name: string): void {
  for (const [byte, char] of BREAKS) {
    if (count(bytes, byte) === text.split(char).length - 1) continue
    throw badArgument(`In ${name} a character of this text holds a line break or a NUL, which FTP cannot carry.`)
  }
}

const BREAKS = [
  [13, '\r'],
  [10, '\n'],
  [0, '\0'],
] as const

function count(bytes: Uint8Array, byte: number): number {
  let found = 0
  for (let at = bytes.indexOf(byte); at >= 0; at = bytes.indexOf(byte, at + 1)) found++
  return found
}

/** Names the character only: the text may be a command that holds a password. */
function lacks(name: string, text: string, at: number): Error {
  const code = text.codePointAt(at) ?? 0
  const hex = code.toString(16).toUpperCase().padStart(4, '0')
  return badArgument(
    `The charset ${name} has no ${shown(String.fromCodePoint(code))} (U+${hex}).`,
    'Choose another name, or another `encoding`.',
  )
}

function unknown(name: string): Error {
  return badArgument(
    `There is no charset called ${shown(name)} that FTP could use.`,
    "Use 'utf-8', 'latin1', 'windows-1252', 'gbk', 'shift_jis', 'big5', 'euc-kr' or another that iconv knows.",
  )
}

function shown(text: string): string {
  return `"${printable(text, 60)}"`
}

function view(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
