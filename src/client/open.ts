import type { Store } from '../store.js'
import type { ConnectOptions } from './options/options.js'
import type { Protocol } from './protocol/protocol.js'
import { readCommand } from './remote/calls.js'
import { Connection, limited } from './remote/connection.js'
import { OpenRemote } from './remote/open-remote.js'
import { ownLimit } from './remote/transfers.js'
import type { Plan } from './target/plan.js'

/** Connects and logs in by a plan; on failure nothing is left open. */
export async function open(plan: Plan): Promise<OpenRemote> {
  const bounds = { limit: plan.limits.total, signal: plan.signal, what: 'Connecting' }
  return await limited(bounds, async (signal) => {
    const connection = connectionOf(plan, await prepare({ ...plan, signal }))
    try {
      await connection.onSession(signal, async () => {})
      return new OpenRemote(connection, plan.verify)
    } catch (error) {
      await connection.close()
      throw error
    }
  })
}

/**
 * What brings sessions to the connection: secrets fetched, certificates, keys and ~/.ssh/config read, nothing dialled. Each protocol
 * is loaded when it is used. Rejects with `bad-argument` for what cannot be used, `local` where a function of the caller's fails.
 */
export async function prepare(plan: Plan): Promise<Protocol> {
  if (plan.protocol === 'sftp') return await (await import('./target/sftp-target.js')).sftpProtocol(plan)
  return await (await import('./target/ftp-target.js')).ftpProtocol(plan)
}

function connectionOf(plan: Plan, protocol: Protocol): Connection {
  const { poolMax, rateLimit, target, onConnect, signal } = plan
  return new Connection({
    protocol,
    poolMax,
    limiter: ownLimit(rateLimit),
    directory: target.path,
    type: target.type ?? 'binary',
    onConnect: onConnect && asCallback(protocol, onConnect),
    signal,
  })
}

function asCallback(
  protocol: Protocol,
  onConnect: NonNullable<ConnectOptions['onConnect']>,
): (store: Store) => Promise<void> {
  return (store) =>
    onConnect({
      protocol: protocol.name,
      command: async (line, options) => (await protocol.command(store, line, readCommand(line, options))).reply,
    })
}
