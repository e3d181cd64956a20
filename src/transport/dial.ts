import { type Limits, within } from '../deadline.js'
import type { Phase } from '../errors.js'
import type { Observer } from '../events.js'
import { type Endpoint, hostPort } from './endpoint.js'
import type { Route } from './route.js'
import type { Wire } from './wire.js'

const VIA_PROXY = 'Check the address, and that the proxy reaches it.'

export interface DialServerOptions {
  readonly route: Route
  readonly limits: Pick<Limits, 'connect'>
  readonly observe: Observer
  readonly phase?: Phase
  readonly signal?: AbortSignal
}

/**
 * Connects to a server by its route, under the connect limit, and emits `connecting` and `connected`. The tunnels of the route have
 * limits of their own, which come first: a proxy that does not answer is not the server's fault.
 */
export async function dialServer(
  to: Endpoint,
  { route, limits, observe, phase = 'connect', signal }: DialServerOptions,
): Promise<Wire> {
  observe({ type: 'connecting', host: to.host, port: to.port, via: route.describe })
  const { hops = 0 } = route
  const hint = hops > 0 ? VIA_PROXY : 'A firewall may drop the packets: check the address, or go through a proxy.'
  const deadline = { limit: limits.connect * (hops + 1), signal, phase, what: `${hostPort(to)} does not answer`, hint }
  const wire = await within(deadline, (stop) => route.dial(to, { signal: stop }))
  observe({ type: 'connected', host: to.host, port: to.port, address: hostPort(wire.peer) })
  return wire
}
