import { isIP } from 'node:net'
import { TransferError } from '../../errors.js'
import { type Endpoint, hostPort } from '../endpoint.js'
import type { Listener } from '../listen.js'
import { orCut, reach } from '../tunnel/tunnel.js'
import type { Wire } from '../wire.js'
import { isUnspecified, sameHost } from './address.js'
import { answer, ask, type Socks } from './dialogue.js'

/**
 * Lets the proxy listen for one connection from the control connection's peer (RFC 1928 section 4, BIND). The address is the one
 * the proxy names in its first reply; which port that is, is up to the proxy. Throws `not-supported` when it refuses.
 */
export async function bind(gate: Socks, control: Wire, signal: AbortSignal | undefined): Promise<Listener> {
  const peer = control.peer
  const { wire, address } = await reach(gate, signal, async (wire) => ({
    wire,
    address: theirOwn(await askToListen(gate, wire, peer), wire),
  }))
  let taken = false
  return {
    address,
    accept: async (until) => {
      const from = await orCut({ gate, wire, signal: until }, () => accept(gate, wire, peer))
      taken = true
      return wire.as({ dataHost: from.host, local: address, peer: from })
    },
    close: () => {
      if (!taken) wire.destroy()
    },
  }
}

async function askToListen(gate: Socks, wire: Wire, peer: Endpoint): Promise<Endpoint> {
  try {
    return await ask(gate, wire, 'bind', peer)
  } catch (error) {
    if (!(error instanceof TransferError) || error.code !== 'proxy-refused') throw error
    throw new TransferError('not-supported', `Active mode cannot work through ${gate.describe}: ${error.message}`, {
      phase: 'data',
      hint: "Use dataMode 'passive'.",
      cause: error,
    })
  }
}

/** 0.0.0.0 stands for the address at which the proxy was reached. */
function theirOwn({ host, port }: Endpoint, wire: Wire): Endpoint {
  return isUnspecified(host) ? { host: wire.peer.host, port } : { host, port }
}

/** The second reply names who has connected. Behind a name of the server's only the proxy can know who may. */
async function accept(gate: Socks, wire: Wire, peer: Endpoint): Promise<Endpoint> {
  const from = await answer(gate, wire, peer)
  const known = isIP(peer.host) || !isIP(from.host)
  if (!known || sameHost(from.host, peer.host)) return from
  const text = `${hostPort(from)} instead of ${peer.host} connected to the port that ${gate.describe} held open.`
  throw new TransferError('data-connection', text, { phase: 'data', hint: 'Somebody else may want the file.' })
}
