import type { Limits } from '../deadline.js'
import { readOptions } from '../option-checks.js'
import type { Store } from '../store.js'
import { CONNECT } from './options/connect-table.js'
import type { ConnectOptions, SessionCommands } from './options/options.js'
import type { Protocol } from './protocol/protocol.js'
import { readCommand } from './remote/calls.js'
import { Connection } from './remote/connection.js'
import { OpenRemote } from './remote/open-remote.js'
import type { Remote } from './remote/remote.js'
import { ownLimit } from './remote/transfers.js'
import { parseUrl, type Target } from './target/url.js'

/** Milliseconds. */
const DEFAULT_LIMITS: Limits = { connect: 15_000, reply: 30_000, idle: 30_000, confirm: 300_000 }

/**
 * Connects to a server, through a proxy when one is given, logs in, and answers the connection. `url` is
 * `ftp://[user[:password]@]host[:port][/directory]`, or ftpes:// (explicit TLS), ftps:// (implicit TLS), sftp:// (SSH); options win
 * over what the URL says. Throws TransferError: `bad-argument` before anything is sent; `unreachable`, `timeout`, `wrong-protocol`;
 * `proxy-refused` (phase 'proxy'); `host-key` before anything is said about who we are; `login-refused`.
 */
export async function connect(url: string, options?: ConnectOptions): Promise<Remote> {
  const wishes = readOptions(CONNECT, options)
  const target = parseUrl(url)
  const protocol = await protocolFor(target, wishes)
  const connection = new Connection({
    protocol,
    poolMax: wishes.pool?.max,
    limiter: ownLimit(wishes.rateLimit),
    directory: target.path,
    type: target.type ?? 'binary',
    onConnect: wishes.onConnect && asCallback(protocol, wishes.onConnect),
    signal: wishes.signal,
  })
  try {
    await connection.call('Connecting', undefined, (signal) => connection.onSession(signal, async () => {}))
    return new OpenRemote(connection, wishes.verify)
  } catch (error) {
    await connection.close()
    throw error
  }
}

/** The only place that tells the protocols apart. Each is loaded when it is used. */
async function protocolFor(target: Target, options: ConnectOptions): Promise<Protocol> {
  const limits = { ...DEFAULT_LIMITS, ...options.timeouts }
  if (target.scheme === 'sftp') {
    const { sftpProtocol } = await import('./target/sftp-target.js')
    return await sftpProtocol(target, options, limits)
  }
  const { ftpProtocol } = await import('./target/ftp-target.js')
  return await ftpProtocol({ ...target, scheme: target.scheme }, options, limits)
}

function asCallback(
  protocol: Protocol,
  onConnect: (session: SessionCommands) => Promise<void>,
): (store: Store) => Promise<void> {
  return (store) =>
    onConnect({
      protocol: protocol.name,
      command: async (line, options) => await protocol.command(store, line, readCommand(line, options)),
    })
}
