import { TransferError } from '../../errors.js'
import { printable } from '../../printable.js'
import { readMessage } from '../tunnel/read-message.js'
import { type Gate, notA } from '../tunnel/tunnel.js'
import type { Wire } from '../wire.js'

/** The head of an HTTP reply. */
export interface HttpReply {
  readonly status: number
  /** Status and reason, made safe for people. */
  readonly shown: string
  /** The values of all fields that have one of these names (lower case), in the order they came. */
  values(names: readonly string[]): string[]
  readonly version: string
}

/** Bytes that the head of one reply may have. */
const LONGEST_HEAD = 16 * 1024

/** Bytes of a body that are read for the sake of the connection; behind a longer one a new connection is cheaper. */
const LONGEST_BODY = 64 * 1024

const START = 'HTTP/1.'

/** How long the head at the beginning of `arrived` is, its empty line included; undefined while that has not come. */
export function replyHead(gate: Gate, arrived: Buffer): number | undefined {
  const start = arrived.toString('latin1', 0, START.length)
  if (!START.startsWith(start)) throw notA('an HTTP proxy', gate, arrived)
  const ends = ['\r\n\r\n', '\n\n'].map((end) => {
    const at = arrived.indexOf(end)
    return at < 0 ? Number.POSITIVE_INFINITY : at + end.length
  })
  const length = Math.min(...ends)
  if (Math.min(length, arrived.length) > LONGEST_HEAD) throw tooLong(gate)
  return Number.isFinite(length) ? length : undefined
}

function tooLong({ describe }: Gate): TransferError {
  const text = `The proxy ${describe} sent more than ${LONGEST_HEAD} bytes of header.`
  return new TransferError('wrong-protocol', text, { phase: 'proxy', hint: 'It is broken, or no HTTP proxy.' })
}

/** Reads a head. Throws `wrong-protocol` unless it begins with a status line. */
export function fieldsOf(gate: Gate, head: Buffer): HttpReply {
  const [first = '', ...lines] = head.toString('latin1').split(/\r?\n/)
  const [, version = '', status, reason = ''] = /^HTTP\/(1\.\d) ([1-9]\d\d)(?: (.*))?$/.exec(first) ?? []
  if (status === undefined) throw notA('an HTTP proxy', gate, head)
  const fields = lines.map(field)
  return {
    status: Number(status),
    shown: printable(`${status} ${reason}`.trimEnd(), 100),
    version,
    values: (names) => fields.filter(({ name }) => names.includes(name)).map(({ value }) => value),
  }
}

function field(line: string): { name: string; value: string } {
  const at = line.indexOf(':')
  return { name: line.slice(0, Math.max(at, 0)).toLowerCase(), value: line.slice(at + 1).trim() }
}

/** Reads past the body of a refusal. False when the proxy will not take another request on this connection. */
export async function skipBody(wire: Wire, reply: HttpReply): Promise<boolean> {
  const [length = '', ...others] = reply.values(['content-length'])
  const closes = reply
    .values(['connection', 'proxy-connection', 'transfer-encoding'])
    .some((value) => !/^keep-alive$/i.test(value))
  const known = /^\d{1,6}$/.test(length) && others.length === 0 && Number(length) <= LONGEST_BODY
  if (reply.version !== '1.1' || closes || !known) return false
  return (await readMessage(wire, () => Number(length))) !== undefined
}
