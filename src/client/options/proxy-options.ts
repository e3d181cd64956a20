import type { Step } from '../../ftp/login/login-script.js'
import type { AlgorithmPreset, HostKeyOptions, SshAuth } from '../../ssh/keys/options.js'
import type { Secret, TlsOptions } from './tls-options.js'

/**
 * A proxy as an object. The URL forms `ftp+user://me:secret@gate:2121` and `socks5h://gate:1080` mean the same.
 *
 * @example
 * ```ts
 * await connect('ftp://me@ftp.example.com', { proxy: { dialect: 'login', host: 'gate', user: 'jim', password: 'secret' } })
 * ```
 */
export interface ProxyOptions {
  /**
   * The kind of FTP proxy (`'user'`, `'login'`, `'open'`, `'site'`, …, `'custom'` with `steps`, `'other'`) or of tunnel (`'socks4'`,
   * `'socks4a'`, `'socks5'`, `'socks5h'`, `'http'`, `'https'`, `'ssh'`).
   */
  readonly dialect: string
  /** A name or an address. */
  readonly host: string
  /**
   * The proxy's port.
   *
   * @defaultValue 21, or the usual port of the tunnel; 0 means the same
   */
  readonly port?: number
  /** The proxy's own user name. For `'ssh'` it defaults to the user's name on this machine. */
  readonly user?: string
  /** The proxy's own password. A function is called once, when connecting. */
  readonly password?: Secret
  /** For `'custom'`: steps, or the lines of FileZilla's custom proxy form (`%h %u %p %a %s %w`). */
  readonly steps?: readonly Step[] | string
  /**
   * When the server's port is written behind its name; `'non-default'`: unless it is 21.
   *
   * @defaultValue 'non-default'
   */
  readonly serverPort?: 'non-default' | 'always' | 'never'
  /**
   * What is between the server and its port.
   *
   * @defaultValue ':'
   */
  readonly portSeparator?: ':' | ' '
  /**
   * For `'suse'`: what is between the users' names.
   *
   * @defaultValue '%'
   */
  readonly separator?: string
  /** For `'authorize'`: the identity. */
  readonly authId?: string
  /** For `'authorize'`: the response. */
  readonly authResponse?: Secret
  /** Resolves with the answer to a challenge that the proxy puts into its reply (the number of a token). */
  readonly prompt?: (text: string) => Promise<string>
  /** For `'https'`: how the proxy's own certificate is checked. */
  readonly tls?: Pick<TlsOptions, 'ca' | 'servername' | 'pin' | 'trustAny'>
  /** For `'http'` and `'https'`: further header fields of every CONNECT. */
  readonly headers?: Readonly<Record<string, string>>
  /** For `'ssh'`: keys to log in with: text, bytes or paths. */
  readonly privateKey?: SshAuth['privateKey']
  /** For `'ssh'`: the passphrase of encrypted keys. */
  readonly passphrase?: SshAuth['passphrase']
  /** For `'ssh'`: the socket of an agent; `true`: the one of `SSH_AUTH_SOCK`. */
  readonly agent?: SshAuth['agent']
  /** For `'ssh'`: paths of keys to try in place of the usual ones. Missing files are skipped. */
  readonly identityFiles?: SshAuth['identityFiles']
  /**
   * For `'ssh'`: which host key is trusted.
   *
   * @defaultValue those of ~/.ssh/known_hosts and /etc/ssh/ssh_known_hosts
   */
  readonly hostKey?: HostKeyOptions
  /**
   * For `'ssh'`: `'legacy'` also offers what old servers need (SHA-1, CBC).
   *
   * @defaultValue 'modern'
   */
  readonly algorithms?: AlgorithmPreset
}
