import type { Server, Socket } from 'node:net'
import type { Endpoint } from '../network/addresses.js'
import type { Lines } from '../network/control-link.js'
import type { FaultList } from '../network/faults.js'
import { DIALECTS, type DialectName, type ProxyStep, readForm, readHost } from './dialects.js'
import { reachServer, type ServerReply, type Upstream } from './upstream.js'

/** Settings and state that all sessions of one proxy share. */
export interface ProxySettings {
  readonly dialect: DialectName
  readonly user: string
  readonly password: string
  readonly greeting: readonly string[]
  readonly connectAt: 'route' | 'user'
  readonly without: ReadonlySet<string>
  /** The server behind a transparent proxy. */
  readonly target?: Endpoint
  /** Returns where to dial for a server that a client named; undefined: not allowed. */
  readonly route: (named: Endpoint) => Endpoint | undefined
  readonly dialled: string[]
  readonly dataPorts?: readonly [number, number]
  readonly faults: FaultList
  readonly track: (thing: Socket | Server) => void
}

/** The outcome of a sign-on command: the reply, and whether the sign-on goes on, stays at this command, or starts over. */
interface Outcome {
  readonly reply: Lines
  readonly go: 'next' | 'stay' | 'again'
}

export interface SignOnOptions {
  /** Fires when the client has closed. */
  readonly signal: AbortSignal
  /** Called when the connected server has closed. */
  readonly onLost: () => void
}

const MISSING_HOST = '501 Missing host.'
const LOGIN_FAILED: Outcome = { reply: '530 Login failed.', go: 'again' }

/** Runs the sign-on of one client by the steps of the dialect, and holds the connection to the server. */
export class SignOn {
  readonly #settings: ProxySettings
  readonly #options: SignOnOptions
  readonly #steps: readonly ProxyStep[]
  /** Index of the expected step; the number of steps once everything is passed on. */
  #at = 0
  #known: Record<string, string> = {}
  #checked = false
  #upstream: Upstream | undefined
  #loggedIn = false
  /** The server's reply that a later step sends. */
  #held: readonly string[] | undefined

  constructor(settings: ProxySettings, options: SignOnOptions) {
    this.#settings = settings
    this.#options = options
    this.#steps = DIALECTS[settings.dialect]
  }

  /** The server, once everything is passed on to it. */
  get server(): Upstream | undefined {
    return this.#at === this.#steps.length ? this.#upstream : undefined
  }

  /** The server, from the moment it is connected. */
  get reached(): Upstream | undefined {
    return this.#upstream
  }

  /** Executes a command that belongs to the sign-on; resolves with undefined when it does not. */
  async tryCommand(verb: string, argument: string): Promise<Lines | undefined> {
    const candidates = this.server ? [0] : [this.#at, this.#again, 0]
    for (const at of candidates) {
      const step = this.#steps[at]
      const values = step?.verb === verb ? readForm(step, argument) : undefined
      if (step && values) return this.#play(step, at, values)
    }
    return undefined
  }

  /** Returns the reply to a command that comes too early. */
  refuse(verb: string): string {
    const expected = this.#steps[this.#at]
    if (expected?.verb === verb && expected.form.includes('<host>')) return MISSING_HOST
    return `530 Login incorrect. Expected ${expected?.verb ?? 'USER'} command`
  }

  /** Observes the server's reply to a command that was passed on: a refused login restarts the sign-on. */
  observeReply(verb: string, code: number): void {
    if (this.#loggedIn || !['USER', 'PASS', 'ACCT'].includes(verb)) return
    this.#loggedIn = code < 300
    if (code >= 400) this.#restart(this.#again)
  }

  /** Closes the connection to the server. */
  disconnect(): void {
    const upstream = this.#upstream
    this.#upstream = undefined
    this.#held = undefined
    this.#loggedIn = false
    upstream?.close()
  }

  /** The step that the sign-on restarts at after a refusal: the proxy's own login is not repeated. */
  get #again(): number {
    if (!this.#checked) return 0
    return this.#steps.findIndex(({ form, act }) => form.includes('<host>') || act === 'user')
  }

  async #play(step: ProxyStep, at: number, values: Record<string, string>): Promise<Lines> {
    if (at < this.#at) this.#restart(at)
    this.#known = { ...this.#known, ...values }
    const { reply, go } = await this.#act(step)
    if (go === 'next') this.#at = at + 1
    if (go === 'again') this.#restart(this.#again)
    return reply
  }

  #restart(at: number): void {
    this.disconnect()
    if (at === 0) this.#checked = false
    if (at === 0) this.#known = {}
    this.#at = at
  }

  #act(step: ProxyStep): Promise<Outcome> | Outcome {
    switch (step.act) {
      case 'ask':
        return { reply: step.reply ?? '331 User name okay, send password.', go: 'next' }
      case 'check':
        return this.#check()
      case 'reach':
        return this.#reach(step)
      case 'user':
        return this.#user()
      case 'pass':
        return this.#pass(step.reply)
      case 'login':
        return this.#login()
    }
  }

  #admit(): boolean {
    const { user, password } = this.#settings
    this.#checked = this.#known['proxyUser'] === user && this.#known['proxyPassword'] === password
    return this.#checked
  }

  async #check(): Promise<Outcome> {
    if (!this.#admit()) return LOGIN_FAILED
    const named = this.#known['host'] !== undefined
    const refused = named && this.#settings.connectAt === 'route' ? await this.#connect() : undefined
    if (refused !== undefined) return { reply: refused, go: 'again' }
    return { reply: this.#held ?? '230 Login to firewall successful', go: 'next' }
  }

  async #reach(step: ProxyStep): Promise<Outcome> {
    const refused = this.#settings.connectAt === 'route' ? await this.#connect() : this.#unroutable()
    if (refused !== undefined) return { reply: refused, go: 'stay' }
    return { reply: step.reply ?? '220 Welcome. Please proceed.', go: 'next' }
  }

  async #user(): Promise<Outcome> {
    const refused = await this.#connect()
    if (refused !== undefined) return { reply: refused, go: 'again' }
    const { ask, banner } = this.#connected()
    const reply = await ask(`USER ${this.#known['user'] ?? this.#known['proxyUser']}`)
    this.#loggedIn = reply.code < 300
    return { reply: withBanner(reply, banner), go: reply.code < 400 ? 'next' : 'again' }
  }

  async #pass(instead?: string): Promise<Outcome> {
    const reply = await this.#connected().ask(`PASS ${this.#known['password']}`)
    if (reply.code >= 400) return { reply: reply.lines, go: 'again' }
    this.#loggedIn = reply.code < 300
    this.#held = reply.lines
    return { reply: instead ?? reply.lines, go: 'next' }
  }

  async #login(): Promise<Outcome> {
    if (!this.#admit()) return LOGIN_FAILED
    const user = await this.#user()
    return user.go !== 'next' || this.#loggedIn ? user : this.#pass()
  }

  #connected(): Upstream {
    if (!this.#upstream) throw new Error('no server is connected')
    return this.#upstream
  }

  /** Returns the server that was named, or the reply that refuses to dial it. */
  #named(): Endpoint | string {
    const named = this.#settings.target ?? readHost(this.#known['host'] ?? '')
    if (!named) return MISSING_HOST
    return this.#settings.route(named) ? named : '531 You are not allowed to connect to that host.'
  }

  #unroutable(): string | undefined {
    const named = this.#named()
    return typeof named === 'string' ? named : undefined
  }

  /** Connects to the named server unless connected. Resolves with the reply that refuses. */
  async #connect(): Promise<string | undefined> {
    if (this.#upstream) return undefined
    const named = this.#named()
    if (typeof named === 'string') return named
    const { host, port } = named
    const { dialled, route, track } = this.#settings
    dialled.push(`${host.includes(':') ? `[${host}]` : host}:${port}`)
    try {
      const upstream = await reachServer(route(named) ?? named, { signal: this.#options.signal, track })
      this.#upstream = upstream
      upstream.link.signal.addEventListener('abort', () => this.#upstream === upstream && this.#options.onLost())
      return undefined
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      if (this.#settings.connectAt === 'user') return `500 Error connecting to ${host} port ${port}: ${why}`
      return `530 Unable to connect to ${host}:${port}: ${why}`
    }
  }
}

/** Puts the server's greeting before its first 331, as several proxies do. */
function withBanner({ code, lines }: ServerReply, banner: ServerReply): readonly string[] {
  if (code !== 331) return lines
  return [...banner.lines.map((line) => `331-${line.replace(/^220[ -]/, '')}`), ...lines]
}
