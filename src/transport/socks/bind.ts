import { isIP } from 'node:net'
import { TransferError } from '../../errors.js'
import { type Endpoint, hostPort } from '../endpoint.js'
import type { Listener } from '../listen.js'
import { destroyOnFailure, reach } from '../tunnel/tunnel.js'
import type { Wire } from '../wire.js'
import { isUnspecified, sameHost } from './address.js'
import { answer, ask, type Socks } from './dialogue.js'

/**
 * Makes the proxy listen for one connection from the control connection's peer (BIND, RFC 1928 section 4). The address is the one in
 * the proxy's first reply; the proxy chooses the port. Rejects with `not-supported` when the proxy refuses.
 */
export async function bind(tunnel: Socks, control: Wire, signal: AbortSignal | undefined): Promise<Listener> {
  const peer = control.peer
  const { wire, address } = await reach(tunnel, signal, async (wire) => ({
    wire,
    address: reachableAddress(await askToListen(tunnel, wire, peer), wire),
  }))
  let taken = false
  return {
    address,
    accept: async (until) => {
      const from = await destroyOnFailure({ tunnel, wire, signal: until }, () => accept(tunnel, wire, peer))
      taken = true
      return wire.as({ dataHost: from.host, local: address, peer: from })
    },
    close: () => {
      if (!taken) wire.destroy()
    },
  }
}

async function askToListen(tunnel: Socks, wire: Wire, peer: Endpoint): Promise<Endpoint> {
  try {
    return await ask(tunnel, wire, { command: 'bind', to: peer })
  } catch (error) {
    if (!(error instanceof TransferError) || error.code !== 'proxy-refused') throw error
    throw new TransferError('not-supported', `Active mode cannot work through ${tunnel.describe}: ${error.message}`, {
      phase: 'data',
      hint: "Use dataMode 'passive'.",
      cause: error,
    })
  }
}

/** Replaces 0.0.0.0, which means the address at which the proxy was reached. */
function reachableAddress({ host, port }: Endpoint, wire: Wire): Endpoint {
  return isUnspecified(host) ? { host: wire.peer.host, port } : { host, port }
}

/** Reads the second reply, which names the peer that connected. When the server was given by name, only the proxy can check it. */
async function accept(tunnel: Socks, wire: Wire, peer: Endpoint): Promise<Endpoint> {
  const from = await answer(tunnel, wire, peer)
  const known = isIP(peer.host) || !isIP(from.host)
  if (!known || sameHost(from.host, peer.host)) return from
  const text = `${hostPort(from)} instead of ${peer.host} connected to the port opened by ${tunnel.describe}.`
  throw new TransferError('data-connection', text, {
    phase: 'data',
    hint: 'It may be an attempt to intercept the file.',
  })
}
