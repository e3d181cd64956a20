import type { Limits } from '../deadline.js'
import type { Observer } from '../events.js'
import type { Redactor } from '../redact.js'
import type { Endpoint } from '../transport/endpoint.js'
import type { Route } from '../transport/route.js'
import type { TlsIdentity } from '../transport/tls/tls-session.js'
import type { KeepAliveRule } from './control/keep-alive.js'
import type { ReuseRule } from './control/tls-commands.js'
import type { DataOptions } from './data/data-connection.js'
import type { PassiveHistory } from './data/passive-ports.js'
import type { PipelineRule } from './data/pipelining.js'
import type { ListingHabits } from './listing/listing.js'
import type { Dialect, Prompt, SignOnValues } from './login/login-script.js'
import type { VirtualHost } from './login/virtual-host.js'

/** The server's side of a login. Absent user: anonymous. */
export interface Credentials {
  readonly user?: string
  readonly password?: string
  readonly account?: string
}

/** An FTP proxy to pass: where it is, how it is spoken to, and what it wants to know besides the server's credentials. */
export interface FtpProxy {
  readonly endpoint: Endpoint
  readonly dialect: Dialect
  readonly name: string
  readonly values: Omit<SignOnValues, 'host' | 'port' | keyof Credentials>
}

/** TLS for one session: when it begins, with whom, and whether data has it too. */
export interface FtpTls {
  readonly identity: TlsIdentity
  /** 'implicit': from the first byte; 'explicit': by AUTH; 'dialect': where the proxy's dialect starts it. */
  readonly begins: 'implicit' | 'explicit' | 'dialect'
  /** The peer of TLS when there is an FTP proxy. 'server': AUTH is sent when the proxy has connected to it. */
  readonly scope: 'server' | 'proxy'
  readonly data: 'clear' | 'secure'
  readonly refused: ReuseRule
}

/** Everything a session is opened from. Immutable: a second session is opened from the same values. */
export interface FtpTarget {
  readonly route: Route
  readonly server: Endpoint
  readonly proxy?: FtpProxy
  readonly tls?: FtpTls
  readonly virtualHost?: VirtualHost
  readonly credentials: Credentials
  /** false: the proxy is passed, but no USER is sent to the server. */
  readonly login: boolean
  readonly limits: Limits
  readonly data: Omit<DataOptions, 'throughProxy'>
  /** Absent: no NOOPs. Sessions switch it off for each other. */
  readonly keepAlive?: KeepAliveRule
  readonly pipelining: PipelineRule
  readonly passive: PassiveHistory
  readonly habits: ListingHabits
  /** 'auto' or a charset's name. */
  readonly encoding: string
  readonly redactor: Redactor
  readonly observe: Observer
  readonly prompt?: Prompt
  readonly describe: string
}
