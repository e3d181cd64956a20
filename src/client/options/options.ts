import type { SecureVersion } from 'node:tls'
import type { ReplyText } from '../../errors.js'
import type { Observer } from '../../events.js'
import type { Step } from '../../ftp/login/login-script.js'
import type { AlgorithmPreset, HostKeyOptions, SshAuth } from '../../ssh/keys/options.js'
import type { HashName } from '../../store.js'
import type { PortRange } from '../../transport/route.js'

export type { Step } from '../../ftp/login/login-script.js'
export type { HostKeyOptions, SshAuth } from '../../ssh/keys/options.js'
export type { SshSecurity } from '../../ssh/security.js'
export type { CertificateInfo } from '../../transport/tls/certificate.js'
export type { Security } from '../../transport/tls/security-info.js'

/** A secret as it is, or a function that fetches it when it is needed. */
export type Secret = string | (() => Promise<string>)

/** A proxy in full; the URL forms `ftp+user://me:secret@gate:2121` and `socks5h://gate:1080` say the same. */
export interface ProxyOptions {
  /**
   * An FTP proxy: a name of the dialect table ('user', 'login', 'open', 'site', …), 'custom' with `steps`, or 'other'. A tunnel:
   * 'socks4', 'socks4a', 'socks5', 'socks5h', 'http', 'https' or 'ssh'.
   */
  readonly dialect: string
  readonly host: string
  /** 0 or absent: 21, or what is usual for the kind of tunnel. */
  readonly port?: number
  readonly user?: string
  readonly password?: Secret
  /** For 'custom': steps, or the lines of FileZilla's custom proxy form (%h %u %p %a %s %w). */
  readonly steps?: readonly Step[] | string
  /** When the server's port is written behind its name. Default 'non-default': unless it is 21. */
  readonly serverPort?: 'non-default' | 'always' | 'never'
  readonly portSeparator?: ':' | ' '
  /** Between the users' names in 'suse' (default '%'). */
  readonly separator?: string
  /** For 'authorize': the identity and the response. */
  readonly authId?: string
  readonly authResponse?: Secret
  /** Answers a challenge that the proxy puts into its reply (a token's number). */
  readonly prompt?: (text: string) => Promise<string>
  /** For 'https': how the proxy's own certificate is checked. */
  readonly tls?: Pick<TlsOptions, 'ca' | 'servername' | 'pin' | 'trustAny'>
  /** For 'http' and 'https': header fields that the proxy wants besides. */
  readonly headers?: Readonly<Record<string, string>>
  /** For 'ssh': keys (text, bytes or paths), the passphrase of encrypted ones, and the agent (its socket, or true for SSH_AUTH_SOCK). */
  readonly privateKey?: SshAuth['privateKey']
  readonly passphrase?: SshAuth['passphrase']
  readonly agent?: SshAuth['agent']
  readonly identityFiles?: SshAuth['identityFiles']
  /** For 'ssh': which host key is trusted. Default: those of ~/.ssh/known_hosts. */
  readonly hostKey?: HostKeyOptions
  /** For 'ssh': 'legacy' also offers what old servers need (SHA-1, CBC). Default 'modern'. */
  readonly algorithms?: AlgorithmPreset
}

/** How long each kind of wait may last, in milliseconds. */
export interface Timeouts {
  readonly connect?: number
  readonly reply?: number
  readonly idle?: number
  readonly confirm?: number
  readonly total?: number
}

export interface CallOptions {
  readonly signal?: AbortSignal
}

/** TLS with the server (ftps:, ftpes:), or with the FTP proxy. */
export interface TlsOptions {
  /** Certificates of issuers to trust instead of the system's, PEM. */
  readonly ca?: string | Buffer | readonly (string | Buffer)[]
  /** A client certificate and its key, PEM; or both in `pfx`. */
  readonly cert?: string | Buffer
  readonly key?: string | Buffer
  readonly pfx?: string | Buffer
  readonly passphrase?: Secret
  /** The name the certificate has to be for, when it is not the host's. */
  readonly servername?: string
  /** SHA-256 of the certificate or of its public key, hex or base64. Exactly these are trusted, whoever issued them. */
  readonly pin?: string | readonly string[]
  /** Trust whatever certificate is shown, and warn. Prefer `pin`. */
  readonly trustAny?: boolean
  /** Allow TLS 1.0 and 1.1, short keys and old signatures, on this connection only. RC4 and MD5 do not exist any more. */
  readonly legacy?: boolean
  /** Whether data connections resume the control connection's session. Default 'auto'. */
  readonly reuse?: 'auto' | 'require' | 'never'
  readonly minVersion?: SecureVersion
  readonly maxVersion?: SecureVersion
  /** With whom, when an FTP proxy stands between. Default 'server'. */
  readonly scope?: 'server' | 'proxy' | 'both'
  /** 'clear': data goes unprotected, for servers without PROT P. Default 'secure'. */
  readonly data?: 'secure' | 'clear'
}

/** What depends on the protocol. */
export interface SessionCommands {
  readonly protocol: 'ftp' | 'sftp'
  /**
   * Sends one line on the control connection and answers the final reply, whatever its class. A line with CR, LF or NUL is refused
   * before a byte goes out. SFTP has no such lines: `not-supported`.
   */
  command(line: string, options?: CallOptions): Promise<ReplyText>
}

export interface ConnectOptions {
  /** Default: the URL's, else 'anonymous'. */
  readonly user?: string
  readonly password?: Secret
  readonly account?: Secret
  /** For sftp: keys to log in with: text (OpenSSH, PEM, PKCS#8, PPK), bytes or paths. Without any and without a password: the agent and the usual ones in ~/.ssh. */
  readonly privateKey?: SshAuth['privateKey']
  /** For sftp: opens encrypted keys; a function is asked with the key's name. */
  readonly passphrase?: SshAuth['passphrase']
  /** For sftp: an agent's socket, or true for the one of SSH_AUTH_SOCK. */
  readonly agent?: SshAuth['agent']
  /** For sftp: which host key is trusted. Default: those of ~/.ssh/known_hosts. */
  readonly hostKey?: HostKeyOptions
  /** For sftp: also offer what old servers need (SHA-1, CBC, ssh-rsa). Default false. */
  readonly legacy?: boolean
  /** For sftp: what ~/.ssh/config says of the host (true, the default), another file, or false: nothing. Options and the URL win. */
  readonly sshConfig?: boolean | string
  /** false: connect and pass the proxy, but send no USER. `remote.login()` does it later, or never. */
  readonly login?: boolean
  /**
   * A proxy, or several, the nearest first: tunnels (socks5h://, http://, ssh://, …), and last an FTP proxy (ftp+user://, …).
   * Absent: what ftp_proxy, all_proxy and no_proxy in the environment say. false: none, whatever they say.
   */
  readonly proxy?: false | string | ProxyOptions | readonly (string | ProxyOptions)[]
  /** The link is a forwarded port: passive mode only, data at the host we dial, nothing guessed from port numbers. */
  readonly tunnel?: boolean
  /** Try IPv6 addresses first where a name has both kinds. Default: IPv4 first. */
  readonly preferIPv6?: boolean
  /** For ftps: and ftpes: URLs. */
  readonly tls?: TlsOptions
  /** Says HOST before the login (RFC 7151): true for the URL's host, or a name. A server that does not know it is no error unless `required`. */
  readonly virtualHost?: boolean | string | { readonly name: string; readonly required?: boolean }
  /** Default 'passive'. */
  readonly dataMode?: 'passive' | 'active' | 'auto'
  readonly activePorts?: PortRange
  readonly activeAddress?: string
  /** Which address passive mode dials. Default 'control': the host we are connected to. */
  readonly passiveAddress?: 'control' | 'reply' | 'auto'
  /**
   * NOOPs when nothing was sent for `idleMs` (default 30,000), with `duringTransfer` also while data flows. A server that refuses
   * one or never answers it is not sent another; a `warning` event with the code 'keep-alive-off' says so. Default false.
   */
  readonly keepAlive?: boolean | { readonly idleMs?: number; readonly duringTransfer?: boolean }
  readonly timeouts?: Timeouts
  /** Runs after every login, also of a replaced session. */
  readonly onConnect?: (session: SessionCommands) => Promise<void>
  /** Default for every transfer; see TransferOptions. */
  readonly verify?: Verify
  readonly pool?: { readonly max?: number }
  /** Bytes per second for all transfers and streams of this remote together, up and down. A transfer's own limit holds beside it. */
  readonly rateLimit?: number
  /** Charset of names on the server. Default 'auto': UTF-8. */
  readonly encoding?: string
  readonly signal?: AbortSignal
  readonly observe?: Observer
}

/** true: MD5, else CRC-32, else the size; a list: the first of these that the server can do. */
export type Verify = boolean | readonly (HashName | 'size')[]

export interface Progress {
  readonly path: string
  readonly bytes: number
  readonly total?: number
  readonly percent?: number
  /** Bytes per second. */
  readonly rate: number
  /** Seconds. */
  readonly eta?: number
}

export interface TransferOptions extends CallOptions {
  /** 'ascii' converts line ends and proves nothing. Default 'binary', or what configure() said. */
  readonly type?: 'binary' | 'ascii'
  /** Add to the end of the target. */
  readonly append?: boolean
  /** Go on where an earlier try stopped, when its sidecar proves that it is the same file. */
  readonly resume?: boolean
  /** The path is a directory: move everything in it. */
  readonly recursive?: boolean
  readonly verify?: Verify
  /** 'sibling' (default): write under a temporary name beside the target and rename in the end. */
  readonly temporary?: 'sibling' | 'none'
  /** What to do with a target that exists: rename over it (default), remove it just before, or refuse. */
  readonly overwrite?: 'rename' | 'delete-first' | 'never'
  /** Force the file to stable storage before the call answers (downloads). */
  readonly durable?: boolean
  /** Tries after the first one, for what may go better the next time. Default 2. Each waits twice as long as the one before, half of it by chance. */
  readonly retries?: number
  /** Bytes per second. */
  readonly rateLimit?: number
  /** Compress on the way (MODE Z), where the server offers it; else a warning says that it does not. Not with `resume`, `segments` or 'ascii'. */
  readonly compress?: boolean
  /** Sessions that fetch one file together (downloads to a local path), 1 to 64. They are opened for it unless `pool.max` says fewer. */
  readonly segments?: number
  readonly onProgress?: (progress: Progress) => void
}

export interface TransferResult {
  /** Bytes that moved in this call. */
  readonly bytes: number
  /** The offset it started from; 0 unless it resumed. */
  readonly from: number
  readonly elapsedMs: number
  /** 'hashed': the content was compared; 'sized': the number of bytes was; 'unproven': the server confirmed the end, no size was known. */
  readonly integrity: 'sized' | 'hashed' | 'unproven'
  readonly verifiedBy?: string
  /** How a transfer was confirmed whose final reply was lost: 'size', or the hash that was compared. */
  readonly confirmedBy?: string
  readonly sessionReused?: boolean
  readonly retries: number
}

/** What a recursive transfer moved. One that could not move everything throws `incomplete` with the failures instead. */
export interface TreeResult {
  readonly files: number
  readonly directories: number
  readonly bytes: number
  readonly elapsedMs: number
  /** Tries after the first one, over all files. */
  readonly retries: number
  /** Files whose final reply was lost, and how a fresh session found every byte of them: 'size', or the hash that was compared. */
  readonly confirmed: readonly { readonly path: string; readonly by: string }[]
  /** What was left out on purpose: links and special files. */
  readonly skipped: readonly { readonly path: string; readonly reason: string }[]
}
