import { open } from './open.js'
import type { ConnectOptions } from './options/options.js'
import type { Remote } from './remote/remote.js'
import { resolve } from './target/plan.js'

/**
 * Connects to a server, through a proxy when there is one, logs in, and resolves with the connection. Nothing is left open when it
 * rejects.
 *
 * @param url - `ftp://[user[:password]@]host[:port][/directory]`; the scheme is `ftp`, `ftpes` (TLS begun by AUTH), `ftps` (TLS from the
 * first byte) or `sftp`.
 * @param options - Win over the URL.
 * @throws TransferError `bad-argument` before anything is sent; `unreachable`, `timeout`, `wrong-protocol`; `tls`; `proxy-refused`;
 * `host-key` before credentials are sent; `login-refused`, `too-many-sessions`; `aborted`.
 * @example
 * ```ts
 * const remote = await connect('ftpes://me@ftp.example.com', { password: process.env.FTP_PASSWORD })
 * for await (const entry of remote.list('/out')) console.log(entry.name)
 * await remote.close()
 * ```
 */
export async function connect(url: string, options?: ConnectOptions): Promise<Remote> {
  return await open(resolve(url, options, process.env))
}
