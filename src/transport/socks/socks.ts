import { lookup } from 'node:dns/promises'
import { isIP, isIPv4 } from 'node:net'
import { type Limits, unlessAborted } from '../../deadline.js'
import { badArgument, TransferError } from '../../errors.js'
import type { Endpoint } from '../endpoint.js'
import { type Route, unreachable } from '../route.js'
import { describeTunnel, hopsOf, hostForProxy, limited, reach } from '../tunnel/tunnel.js'
import type { Wire } from '../wire.js'
import { bind } from './bind.js'
import { ask, type Socks, type SocksVersion } from './dialogue.js'

export type { SocksVersion } from './dialogue.js'

export interface SocksOptions {
  readonly version: SocksVersion
  readonly proxy: Endpoint
  /** SOCKS 4: the user id. SOCKS 5: with the password, for proxies that require a login (RFC 1929). */
  readonly user?: string
  readonly password?: string
  /** The route to the proxy itself: `direct`, or another tunnel. */
  readonly through: Route
  /** Limit for the proxy's part of a dial, in ms. Absent: only the caller's signal ends it. */
  readonly limits?: Pick<Limits, 'connect'>
}

/**
 * Returns a route through a SOCKS proxy of version 4, 4a or 5 (RFC 1928), with BIND for active mode. Data connections use the address,
 * or the name, that the control connection used. A dial rejects with `bad-argument` for what the version cannot carry;
 * `proxy-refused`, `wrong-protocol`, `unreachable` and `timeout`, each with phase 'proxy', for refusals and failures of the proxy.
 */
export function socks(options: SocksOptions): Route {
  const { version, proxy, through } = options
  const tunnel: Socks = { ...options, describe: describeTunnel(`socks${version}`, proxy, through) }
  checkCredentials(tunnel)
  return {
    describe: tunnel.describe,
    hops: hopsOf(through),
    dial: (to, { signal } = {}) => limited(tunnel, signal, (stop) => connect(tunnel, to, stop)),
    listen: ({ control, signal }) => limited(tunnel, signal, (stop) => bind(tunnel, control, stop)),
  }
}

function checkCredentials({ version, user, password }: Socks): void {
  if (version.startsWith('4') && password !== undefined) {
    throw badArgument(`SOCKS ${version} carries no password.`, 'Leave it out, or use socks5:// or socks5h://.')
  }
  if (version.startsWith('4') && user?.includes('\0')) throw badArgument("The proxy's user name contains a NUL.")
  if (password !== undefined && !user) throw badArgument('The proxy has a password but no user name.')
  for (const [what, value = ''] of Object.entries({ 'user name': user, password })) {
    if (Buffer.byteLength(value) <= 255) continue
    throw badArgument(`The proxy's ${what} is longer than the 255 bytes that SOCKS can carry.`)
  }
}

/** Tries the addresses of a name one after the other while the proxy cannot reach them. */
async function connect(tunnel: Socks, to: Endpoint, signal: AbortSignal | undefined): Promise<Wire> {
  let refusal: unknown
  for (const at of await addresses(tunnel, to, signal)) {
    try {
      return await reach(tunnel, signal, async (wire) => {
        await ask(tunnel, wire, { command: 'connect', to: at })
        return wire.as({ dataHost: at.host, local: wire.local, peer: at })
      })
    } catch (error) {
      refusal ??= error
      if (!isOutOfReach(error)) break
    }
  }
  throw refusal
}

function isOutOfReach(error: unknown): boolean {
  return error instanceof TransferError && error.code === 'proxy-refused' && error.retryable
}

/** Resolves with the hosts to request: the host as it is, or the addresses of its name. At least one. */
async function addresses(
  { version }: Socks,
  to: Endpoint,
  signal: AbortSignal | undefined,
): Promise<readonly Endpoint[]> {
  const host = hostForProxy(to)
  const carries = (address: string): boolean => isIPv4(address) || version.startsWith('5')
  if (isIP(host) && !carries(host)) {
    throw badArgument(`SOCKS ${version} carries no IPv6 address (${host}).`, 'Use socks5:// or socks5h://.')
  }
  if (isIP(host) || version === '4a' || version === '5h') return [{ host, port: to.port }]
  const found = (await resolve(to, signal)).filter(carries)
  if (found.length > 0) return found.map((address) => ({ host: address, port: to.port }))
  throw unreachable(to, new Error('the name has IPv6 addresses only, which SOCKS 4 cannot carry'))
}

/** Resolves the name, IPv4 first: proxies without IPv6 are common, and some take long to refuse it. */
async function resolve(to: Endpoint, signal: AbortSignal | undefined): Promise<string[]> {
  try {
    const found = await unlessAborted(lookup(to.host, { all: true }), signal, 'connect')
    return found.sort((a, b) => a.family - b.family).map(({ address }) => address)
  } catch (error) {
    throw error instanceof Error && !(error instanceof TransferError) ? unreachable(to, error) : error
  }
}
