import { isIPv4 } from 'node:net'
import type { TransferError } from '../../errors.js'
import { type Endpoint, hostPort } from '../endpoint.js'
import { type Measure, readMessage } from '../tunnel/read-message.js'
import { type Gate, notA, refused } from '../tunnel/tunnel.js'
import type { Wire } from '../wire.js'
import { addressLength, decodeAddress, encodeAddress } from './address.js'

/** '4' and '5': names are resolved here; '4a' and '5h': by the proxy. */
export type SocksVersion = '4' | '4a' | '5' | '5h'

/** A proxy, its version, and who we are there. */
export interface Socks extends Gate {
  readonly version: SocksVersion
  readonly user?: string
  readonly password?: string
}

export type SocksCommand = 'connect' | 'bind'
const COMMANDS: Readonly<Record<SocksCommand, number>> = { connect: 1, bind: 2 }

/** Sends one command over a fresh connection to the proxy; answers the address in its reply. Throws when the proxy says no. */
export async function ask(gate: Socks, wire: Wire, command: SocksCommand, to: Endpoint): Promise<Endpoint> {
  if (gate.version.startsWith('4')) {
    wire.write(request4(gate, command, to))
  } else {
    await logIn(gate, wire)
    wire.write(Buffer.concat([Buffer.from([5, COMMANDS[command], 0]), encodeAddress(to)]))
  }
  return await answer(gate, wire, to)
}

/** The next reply. BIND has two. */
export function answer(gate: Socks, wire: Wire, to: Endpoint): Promise<Endpoint> {
  return gate.version.startsWith('4') ? answer4(gate, wire, to) : answer5(gate, wire, to)
}

/** Port, address, user id; a name goes behind the address 0.0.0.1 (4a). */
function request4({ user = '' }: Socks, command: SocksCommand, { host, port }: Endpoint): Buffer {
  const address = isIPv4(host) ? host : '0.0.0.1'
  const head = [4, COMMANDS[command], port >> 8, port & 255, ...address.split('.').map(Number)]
  const name = isIPv4(host) ? '' : `${host}\0`
  return Buffer.concat([Buffer.from(head), Buffer.from(`${user}\0${name}`)])
}

const REASONS4: Readonly<Record<number, string>> = {
  91: 'it is not allowed, or nothing answers there',
  92: 'it cannot ask our machine who we are (identd)',
  93: 'our machine (identd) and the user name disagree about who we are',
}

async function answer4(gate: Socks, wire: Wire, to: Endpoint): Promise<Endpoint> {
  // Some proxies repeat the version of the request where a 0 belongs.
  const reply = await readMessage(
    wire,
    startingWith([0, 4], gate, () => 8),
  )
  if (!reply) throw silent(gate, to)
  const code = reply.readUInt8(1)
  if (code !== 0x5a) throw denied(gate, to, REASONS4[code] ?? `code ${code}`)
  return { host: reply.subarray(4, 8).join('.'), port: reply.readUInt16BE(2) }
}

/** The choice of a method (RFC 1928 section 3), then user name and password when the proxy wants them. */
async function logIn(gate: Socks, wire: Wire): Promise<void> {
  const { user, password = '' } = gate
  const methods = user === undefined ? [0] : [0, 2]
  wire.write(Buffer.from([5, methods.length, ...methods]))
  const chosen = await readMessage(
    wire,
    startingWith([5], gate, () => 2),
  )
  if (!chosen) throw notA('a SOCKS 5 proxy', gate, new Uint8Array())
  if (chosen[1] === 0) return
  if (chosen[1] !== 2 || user === undefined) throw noMethod(gate)
  wire.write(Buffer.concat([Buffer.from([1]), counted(user), counted(password)]))
  const verdict = await readMessage(wire, () => 2)
  if (verdict?.[1] === 0) return
  throw refused(
    gate,
    'refused the user name or the password',
    "Check both in the proxy's URL; write @ and : as %40 and %3A.",
  )
}

function counted(text: string): Buffer {
  const bytes = Buffer.from(text)
  return Buffer.concat([Buffer.from([bytes.length]), bytes])
}

function noMethod(gate: Socks): TransferError {
  if (gate.user !== undefined)
    return refused(
      gate,
      'accepts neither a user name with a password nor going without',
      'It may let in other addresses only.',
    )
  return refused(gate, 'wants a user name and a password', "Put them into the proxy's URL: user:password@host.")
}

const REASONS5: Readonly<Record<number, string>> = {
  1: 'a failure that it does not explain',
  2: 'its rules do not allow it',
  3: 'the network cannot be reached from there',
  4: 'the host cannot be reached from there',
  5: 'nothing listens there',
  6: 'the way there is too long',
  7: 'it does not know the command',
  8: 'it does not know that type of address',
}

/** Reasons that are about the server, not about us or the rules: a later try may do. */
const OUT_OF_REACH = [1, 3, 4, 5, 6]

async function answer5(gate: Socks, wire: Wire, to: Endpoint): Promise<Endpoint> {
  const reply = await readMessage(
    wire,
    startingWith([5], gate, (arrived) => {
      // A proxy that refuses may leave the address out.
      if (arrived[1] !== undefined && arrived[1] !== 0) return 2
      const length = addressLength(arrived.subarray(3))
      if (length === 'unknown type') throw notA('a SOCKS 5 proxy', gate, arrived)
      return length === 'more' ? undefined : 3 + length
    }),
  )
  if (!reply) throw silent(gate, to)
  const code = reply.readUInt8(1)
  if (code !== 0) throw denied(gate, to, REASONS5[code] ?? `code ${code}`, OUT_OF_REACH.includes(code))
  return decodeAddress(reply.subarray(3))
}

/** Refuses a peer by its first byte: what is no SOCKS reply may never become long enough. */
function startingWith(versions: readonly number[], gate: Socks, rest: Measure): Measure {
  return (arrived) => {
    const [version] = arrived
    if (version === undefined) return undefined
    if (!versions.includes(version)) throw notA(`a SOCKS ${gate.version[0]} proxy`, gate, arrived)
    return rest(arrived)
  }
}

function denied(gate: Socks, to: Endpoint, reason: string, retryable = false): TransferError {
  const hint = retryable
    ? 'Check the host and the port of the server.'
    : 'Whoever runs the proxy decides what it allows.'
  return refused(gate, `refused a connection with ${hostPort(to)}: ${reason}`, hint, retryable)
}

function silent(gate: Socks, to: Endpoint): TransferError {
  const hint = `It may not speak SOCKS ${gate.version[0]}, or not let our address in.`
  return refused(gate, `closed the connection when it was asked for ${hostPort(to)}`, hint, true)
}
