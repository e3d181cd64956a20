import { TransferError } from '../../errors.js'
import { printable } from '../../printable.js'
import { readMessage } from '../tunnel/read-message.js'
import { type Tunnel, wrongProtocol } from '../tunnel/tunnel.js'
import type { Wire } from '../wire.js'

/** The head of an HTTP reply. */
export interface HttpReply {
  readonly status: number
  /** Status and reason, made safe for a terminal. */
  readonly shown: string
  /** Returns the values of all fields with one of these names (lower case), in the order received. */
  values(names: readonly string[]): string[]
  readonly version: string
}

/** Largest head of a reply, in bytes. */
const LONGEST_HEAD = 16 * 1024

/** Largest body, in bytes, that is read to keep the connection; after a longer one a new connection is cheaper. */
const LONGEST_BODY = 64 * 1024

const START = 'HTTP/1.'

/** Returns the length of the head at the beginning of `arrived`, including its empty line; undefined while it is incomplete. */
export function replyHead(tunnel: Tunnel, arrived: Buffer): number | undefined {
  const start = arrived.toString('latin1', 0, START.length)
  if (!START.startsWith(start)) throw wrongProtocol('an HTTP proxy', tunnel, arrived)
  const ends = ['\r\n\r\n', '\n\n'].map((end) => {
    const at = arrived.indexOf(end)
    return at < 0 ? Number.POSITIVE_INFINITY : at + end.length
  })
  const length = Math.min(...ends)
  if (Math.min(length, arrived.length) > LONGEST_HEAD) throw tooLong(tunnel)
  return Number.isFinite(length) ? length : undefined
}

function tooLong({ describe }: Tunnel): TransferError {
  const text = `The proxy ${describe} sent more than ${LONGEST_HEAD} bytes of header.`
  return new TransferError('wrong-protocol', text, { phase: 'proxy', hint: 'It is broken, or not an HTTP proxy.' })
}

/** Parses a head. Throws `wrong-protocol` unless it begins with a status line. */
export function fieldsOf(tunnel: Tunnel, head: Buffer): HttpReply {
  const [first = '', ...lines] = head.toString('latin1').split(/\r?\n/)
  const [, version = '', status, reason = ''] = /^HTTP\/(1\.\d) ([1-9]\d\d)(?: (.*))?$/.exec(first) ?? []
  if (status === undefined) throw wrongProtocol('an HTTP proxy', tunnel, head)
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

/** Reads past the body of a refusal. Resolves with false when the proxy accepts no further request on this connection. */
export async function skipBody(wire: Wire, reply: HttpReply): Promise<boolean> {
  const [length = '', ...others] = reply.values(['content-length'])
  const closes = reply
    .values(['connection', 'proxy-connection', 'transfer-encoding'])
    .some((value) => !/^keep-alive$/i.test(value))
  const known = /^\d{1,6}$/.test(length) && others.length === 0 && Number(length) <= LONGEST_BODY
  if (reply.version !== '1.1' || closes || !known) return false
  return (await readMessage(wire, () => Number(length))) !== undefined
}
