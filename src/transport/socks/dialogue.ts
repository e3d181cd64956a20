import { isIPv4 } from 'node:net'
import type { TransferError } from '../../errors.js'
import { type Endpoint, hostPort } from '../endpoint.js'
import { type Measure, readMessage } from '../tunnel/read-message.js'
import { refused, type Tunnel, wrongProtocol } from '../tunnel/tunnel.js'
import type { Wire } from '../wire.js'
import { addressLength, decodeAddress, encodeAddress } from './address.js'

/** '4' and '5': names are resolved locally; '4a' and '5h': by the proxy. */
export type SocksVersion = '4' | '4a' | '5' | '5h'

/** A SOCKS proxy, its version, and the credentials for it. */
export interface Socks extends Tunnel {
  readonly version: SocksVersion
  readonly user?: string
  readonly password?: string
}

export type SocksCommand = 'connect' | 'bind'
const COMMANDS: Readonly<Record<SocksCommand, number>> = { connect: 1, bind: 2 }

/** Sends one command over a fresh connection to the proxy; resolves with the address in its reply. Rejects when the proxy refuses. */
export async function ask(
  tunnel: Socks,
  wire: Wire,
  { command, to }: { readonly command: SocksCommand; readonly to: Endpoint },
): Promise<Endpoint> {
  if (tunnel.version.startsWith('4')) {
    wire.write(request4(tunnel, command, to))
  } else {
    await logIn(tunnel, wire)
    wire.write(Buffer.concat([Buffer.from([5, COMMANDS[command], 0]), encodeAddress(to)]))
  }
  return await answer(tunnel, wire, to)
}

/** Reads the next reply. BIND has two. */
export function answer(tunnel: Socks, wire: Wire, to: Endpoint): Promise<Endpoint> {
  return tunnel.version.startsWith('4') ? answer4(tunnel, wire, to) : answer5(tunnel, wire, to)
}

/** Encodes port, address, user id; a name follows the address 0.0.0.1 (4a). */
function request4({ user = '' }: Socks, command: SocksCommand, { host, port }: Endpoint): Buffer {
  const address = isIPv4(host) ? host : '0.0.0.1'
  const head = [4, COMMANDS[command], port >> 8, port & 255, ...address.split('.').map(Number)]
  const name = isIPv4(host) ? '' : `${host}\0`
  return Buffer.concat([Buffer.from(head), Buffer.from(`${user}\0${name}`)])
}

const REASONS4: Readonly<Record<number, string>> = {
  91: 'it is not allowed, or nothing answers there',
  92: 'it cannot verify the user with identd on this machine',
  93: 'identd on this machine and the user name disagree',
}

async function answer4(tunnel: Socks, wire: Wire, to: Endpoint): Promise<Endpoint> {
  // Some proxies repeat the version of the request where a 0 belongs.
  const reply = await readMessage(
    wire,
    startingWith([0, 4], tunnel, () => 8),
  )
  if (!reply) throw noReply(tunnel, to)
  const code = reply.readUInt8(1)
  if (code !== 0x5a) throw denied(tunnel, to, { reason: REASONS4[code] ?? `code ${code}`, retryable: false })
  return { host: reply.subarray(4, 8).join('.'), port: reply.readUInt16BE(2) }
}

/** Negotiates a method (RFC 1928 section 3), then sends user name and password when the proxy requires them. */
async function logIn(tunnel: Socks, wire: Wire): Promise<void> {
  const { user, password = '' } = tunnel
  const methods = user === undefined ? [0] : [0, 2]
  wire.write(Buffer.from([5, methods.length, ...methods]))
  const chosen = await readMessage(
    wire,
    startingWith([5], tunnel, () => 2),
  )
  if (!chosen) throw wrongProtocol('a SOCKS 5 proxy', tunnel, new Uint8Array())
  if (chosen[1] === 0) return
  if (chosen[1] !== 2 || user === undefined) throw noMethod(tunnel)
  wire.write(Buffer.concat([Buffer.from([1]), counted(user), counted(password)]))
  const verdict = await readMessage(wire, () => 2)
  if (verdict?.[1] === 0) return
  const hint = "Check both in the proxy's URL; write @ and : as %40 and %3A."
  throw refused(tunnel, 'refused the user name or the password', { hint })
}

function counted(text: string): Buffer {
  const bytes = Buffer.from(text)
  return Buffer.concat([Buffer.from([bytes.length]), bytes])
}

function noMethod(tunnel: Socks): TransferError {
  if (tunnel.user !== undefined)
    return refused(tunnel, 'accepts neither a user name with a password nor no authentication', {
      hint: 'It may accept other client addresses only.',
    })
  const hint = "Put them into the proxy's URL: user:password@host."
  return refused(tunnel, 'requires a user name and a password', { hint })
}

const REASONS5: Readonly<Record<number, string>> = {
  1: 'general failure',
  2: 'its rules do not allow it',
  3: 'the network cannot be reached from there',
  4: 'the host cannot be reached from there',
  5: 'nothing listens there',
  6: 'the time to live (TTL) expired',
  7: 'it does not support the command',
  8: 'it does not support that type of address',
}

/** Reasons that concern the server, not the client or the rules: a later attempt may succeed. */
const UNREACHABLE_CODES = [1, 3, 4, 5, 6]

async function answer5(tunnel: Socks, wire: Wire, to: Endpoint): Promise<Endpoint> {
  const reply = await readMessage(
    wire,
    startingWith([5], tunnel, (arrived) => {
      // A proxy that refuses may leave the address out.
      if (arrived[1] !== undefined && arrived[1] !== 0) return 2
      const length = addressLength(arrived.subarray(3))
      if (length === 'unknown type') throw wrongProtocol('a SOCKS 5 proxy', tunnel, arrived)
      return length === 'more' ? undefined : 3 + length
    }),
  )
  if (!reply) throw noReply(tunnel, to)
  const code = reply.readUInt8(1)
  const retryable = UNREACHABLE_CODES.includes(code)
  if (code !== 0) throw denied(tunnel, to, { reason: REASONS5[code] ?? `code ${code}`, retryable })
  return decodeAddress(reply.subarray(3))
}

/** Rejects a peer by its first byte: other protocols may never send enough bytes for a reply. */
function startingWith(versions: readonly number[], tunnel: Socks, rest: Measure): Measure {
  return (arrived) => {
    const [version] = arrived
    if (version === undefined) return undefined
    if (!versions.includes(version)) throw wrongProtocol(`a SOCKS ${tunnel.version[0]} proxy`, tunnel, arrived)
    return rest(arrived)
  }
}

function denied(
  tunnel: Socks,
  to: Endpoint,
  { reason, retryable }: { readonly reason: string; readonly retryable: boolean },
): TransferError {
  const hint = retryable
    ? 'Check the host and the port of the server.'
    : 'The rules of the proxy decide this; ask its administrator.'
  return refused(tunnel, `refused a connection with ${hostPort(to)}: ${reason}`, { hint, retryable })
}

function noReply(tunnel: Socks, to: Endpoint): TransferError {
  const hint = `It may not support SOCKS ${tunnel.version[0]}, or may not accept this address.`
  return refused(tunnel, `closed the connection when asked for ${hostPort(to)}`, { hint, retryable: true })
}
