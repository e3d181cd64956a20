import { open } from './open.js'
import type { ConnectOptions } from './options/options.js'
import type { Remote } from './remote/remote.js'
import { resolve } from './target/plan.js'

/**
 * Connects to a server, through a proxy when one is given, logs in, and answers the connection. `url` is
 * `ftp://[user[:password]@]host[:port][/directory]`, or ftpes:// (explicit TLS), ftps:// (implicit TLS), sftp:// (SSH); options win
 * over what the URL says. Throws TransferError: `bad-argument` before anything is sent; `unreachable`, `timeout`, `wrong-protocol`;
 * `proxy-refused` (phase 'proxy'); `host-key` before anything is said about who we are; `login-refused`.
 */
export async function connect(url: string, options?: ConnectOptions): Promise<Remote> {
  return await open(resolve(url, options, process.env))
}
