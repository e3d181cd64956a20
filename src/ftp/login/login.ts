import { checkLine } from '../../path.js'
import type { Reply, Talk } from '../control/command-channel.js'
import { type Prompt, run } from './login-script.js'
import { loginWords } from './login-variables.js'
import { PLAIN_LOGIN } from './proxy-dialects.js'

export interface LoginOptions {
  /** Absent or empty: anonymous, with the password `anonymous@`. */
  readonly user?: string
  /** Absent: the prompt is asked, should the server want one. */
  readonly password?: string
  readonly account?: string
  /** `host:port` of the server, for the texts. */
  readonly server: string
  /** `host:port` of the FTP proxy that was passed before; some dial out only now, so its refusals look like the server's. */
  readonly throughProxy?: string
  /** The proxy's dialect, for the hints. */
  readonly dialect?: string
  /** Limit in ms for USER through a proxy, which may dial out at it: connect limit plus reply limit. */
  readonly routeLimit?: number
  readonly prompt?: Prompt
  readonly signal?: AbortSignal
}

/**
 * Sends USER, PASS and ACCT as far as the server requires them (RFC 959 section 5.4). Resolves with the final 2xx. Rejects with
 * `bad-argument` before a byte for CR, LF or NUL; `login-refused`; `too-many-sessions`; `busy` for another 4xx; and through a
 * proxy `proxy-refused` for every refusal that is not about the user, the password or the account.
 */
export async function login(talk: Talk, options: LoginOptions): Promise<Reply> {
  const { server, throughProxy, dialect, routeLimit, prompt, signal } = options
  checkLine(options.user ?? '', 'user name')
  checkLine(options.password ?? '', 'password')
  checkLine(options.account ?? '', 'account')
  const reply = await run(
    talk,
    { steps: PLAIN_LOGIN, words: loginWords(options) },
    {
      part: 'login',
      proxy: throughProxy,
      server,
      dialect,
      routeLimit,
      prompt,
      signal,
    },
  )
  if (reply === undefined) throw new Error('USER is never dropped')
  return reply
}
