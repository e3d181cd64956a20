import type { ReplyText } from '../../errors.js'
import type { Observer } from '../../events.js'
import type { HostKeyOptions, SshAuth } from '../../ssh/keys/options.js'
import type { CallOptions } from '../../store.js'
import type { PortRange } from '../../transport/route.js'
import type { ProxyOptions } from './proxy-options.js'
import type { Secret, TlsOptions } from './tls-options.js'
import type { Verify } from './transfer-options.js'

export type { Step } from '../../ftp/login/login-script.js'
export type { AlgorithmPreset, HostKeyOptions, KeySource, SshAuth, SshSecret } from '../../ssh/keys/options.js'
export type { SshSecurity } from '../../ssh/security.js'
export type { CallOptions } from '../../store.js'
export type { PortRange } from '../../transport/route.js'
export type { CertificateInfo } from '../../transport/tls/certificate.js'
export type { Security } from '../../transport/tls/security-info.js'
export type { ProxyOptions } from './proxy-options.js'
export type { Secret, TlsOptions } from './tls-options.js'
export type { Progress, TransferOptions, TransferResult, TreeResult, Verify } from './transfer-options.js'

/** How long each kind of wait may last, in milliseconds above 0. A limit that passes is a `timeout`. */
export interface Timeouts {
  /**
   * Reaching an address, a proxy's part of a dial, a TLS handshake, and the greeting.
   *
   * @defaultValue 15000
   */
  readonly connect?: number
  /**
   * The reply to a command; also how long a call waits for sessions that are all held by open streams.
   *
   * @defaultValue 30000
   */
  readonly reply?: number
  /**
   * Time without a byte on a data connection.
   *
   * @defaultValue 30000
   */
  readonly idle?: number
  /**
   * The final reply of a transfer, and a checksum.
   *
   * @defaultValue 300000
   */
  readonly confirm?: number
  /**
   * One whole call that returns a promise, `connect()` too; not `open()`, and not the streams of `read()` and `write()`.
   *
   * @defaultValue no limit
   */
  readonly total?: number
}

/** Commands that depend on the protocol. */
export interface SessionCommands {
  /** The protocol of the connection. */
  readonly protocol: 'ftp' | 'sftp'
  /**
   * Sends one line on the control connection and resolves with the final reply, whatever its class. For commands without a data
   * connection.
   *
   * @throws TransferError `bad-argument` for CR, LF or NUL, before a byte is sent; `not-supported` over SFTP; `timeout`;
   * `session-lost`.
   */
  command(line: string, options?: CallOptions): Promise<ReplyText>
}

/** Options of `connect()`. An option wins over the URL. */
export interface ConnectOptions {
  /**
   * The user name.
   *
   * @defaultValue the URL's, else 'anonymous'; over SFTP the user's name on this machine
   */
  readonly user?: string
  /**
   * The password. A function is called once, when connecting.
   *
   * @defaultValue the URL's; 'anonymous@' for anonymous
   */
  readonly password?: Secret
  /** FTP: sent when the server asks for an account (332, 532). */
  readonly account?: Secret
  /**
   * SFTP: keys to log in with: text (OpenSSH, PEM, PKCS#8, PPK), bytes or paths.
   *
   * @defaultValue without a password as text: the agent's, and the usual ones in ~/.ssh
   */
  readonly privateKey?: SshAuth['privateKey']
  /** SFTP: the passphrase of encrypted keys; a function is called with the key's name. */
  readonly passphrase?: SshAuth['passphrase']
  /** SFTP: the socket of an agent; `true`: the one of `SSH_AUTH_SOCK`; `false`: none. */
  readonly agent?: SshAuth['agent']
  /**
   * SFTP: which host key is trusted.
   *
   * @defaultValue those of ~/.ssh/known_hosts and /etc/ssh/ssh_known_hosts
   */
  readonly hostKey?: HostKeyOptions
  /**
   * SFTP: also offers what old servers need (SHA-1, CBC, ssh-rsa).
   *
   * @defaultValue false
   */
  readonly legacy?: boolean
  /**
   * SFTP: reads ~/.ssh/config, or the file of this path; `false`: none. Options and the URL win.
   *
   * @defaultValue true
   */
  readonly sshConfig?: boolean | string
  /**
   * FTP: `false` connects and passes the proxy, but sends no USER; `remote.login()` does it later.
   *
   * @defaultValue true
   */
  readonly login?: boolean
  /**
   * A proxy, or several, the nearest first: tunnels (`socks5h://`, `http://`, `ssh://`, …), and last an FTP proxy (`ftp+user://`, …).
   * `false`: none, whatever the environment says.
   *
   * @defaultValue what ftp_proxy, all_proxy and no_proxy in the environment say
   */
  readonly proxy?: false | string | ProxyOptions | readonly (string | ProxyOptions)[]
  /**
   * Header fields for every HTTP proxy on the way, also one that the environment names; those of a proxy's own `headers` win.
   *
   * @defaultValue User-Agent: Sallyport
   */
  readonly proxyHeaders?: Readonly<Record<string, string>>
  /**
   * FTP: the server is a forwarded port: passive mode only, data connections to the host that is dialled.
   *
   * @defaultValue false
   */
  readonly tunnel?: boolean
  /**
   * Tries IPv6 addresses first where a name has both kinds.
   *
   * @defaultValue false
   */
  readonly preferIPv6?: boolean
  /** For `ftpes://` and `ftps://`: TLS with the server or the FTP proxy. */
  readonly tls?: TlsOptions
  /**
   * FTP: sends HOST before the login (RFC 7151): `true` for the URL's host, or a name. A server that does not support HOST is no error
   * unless `required`.
   *
   * @defaultValue false
   */
  readonly virtualHost?:
    | boolean
    | string
    | {
        /** The name to send in HOST. */
        readonly name: string
        /** A server that does not support HOST is an error. */
        readonly required?: boolean
      }
  /**
   * FTP: `'active'`: the server connects to us; `'auto'`: passive, and active where that fails.
   *
   * @defaultValue 'passive'
   */
  readonly dataMode?: 'passive' | 'active' | 'auto'
  /**
   * FTP: our ports in active mode, `[low, high]`.
   *
   * @defaultValue any
   */
  readonly activePorts?: PortRange
  /**
   * FTP: the address that PORT and EPRT name.
   *
   * @defaultValue our end of the control connection
   */
  readonly activeAddress?: string
  /**
   * FTP: the host that passive data connections go to. `'control'`: the one we are connected to; `'reply'`: the one in the reply, except
   * a loopback or link-local address while ours is none; `'auto'`: the one in the reply, unless it is private and ours is not.
   *
   * @defaultValue 'control'
   */
  readonly passiveAddress?: 'control' | 'reply' | 'auto'
  /**
   * Sends NOOP when no command was sent for `idleMs` milliseconds (default 30,000), with `duringTransfer` also while data flows. It
   * begins with the login, `login()` and one by `session.command()` too, and pauses while the last reply was a 3xx. A
   * server that rejects it is not sent another; a `warning` event with the code `keep-alive-off` says so. Always on over SFTP.
   *
   * @defaultValue false
   */
  readonly keepAlive?:
    | boolean
    | {
        /** Milliseconds without a command after which NOOP is sent. */
        readonly idleMs?: number
        /** Sends NOOP also while data flows. */
        readonly duringTransfer?: boolean
        /** Sends NOOP also with `login: false` before a login, for servers that want none. */
        readonly beforeLogin?: boolean
      }
  /** How long each kind of wait may last, in milliseconds. */
  readonly timeouts?: Timeouts
  /** Called after every login, also of a pooled or replaced session. What it throws ends the call that opened the session. */
  readonly onConnect?: (session: SessionCommands) => Promise<void>
  /**
   * The default of the transfer option.
   *
   * @defaultValue false
   */
  readonly verify?: Verify
  /** How many sessions there may be. */
  readonly pool?: {
    /**
     * Sessions that may be open at a time. They are opened when a call has to wait. Where it is absent, a call with `segments` opens as
     * many as it asks for.
     *
     * @defaultValue 1
     */
    readonly max?: number
  }
  /**
   * Bytes per second for all transfers and streams of this remote together, in both directions. A transfer's own limit holds beside it.
   *
   * @defaultValue no limit
   */
  readonly rateLimit?: number
  /**
   * Charset of names on the server: `'latin1'`, `'windows-1252'`, `'gbk'`, `'shift_jis'`, ….
   *
   * @defaultValue 'auto': UTF-8
   */
  readonly encoding?: string
  /** Cancels connecting and all calls after it, beside the signal that a call takes. */
  readonly signal?: AbortSignal
  /** Receives every event. */
  readonly observe?: Observer
}
