import { type ConnectOptions, connect, describeTarget, type Observer, type Remote, type Target } from '../../index.js'
import type { Settings } from '../options.js'
import type { Terminal } from '../report/terminal.js'
import { usage } from '../usage.js'
import { findNetrc, type NetrcEntry } from './netrc.js'
import { askSecret, canAsk } from './prompt.js'
import { fromEnvironment, givenPassword, readNetrc } from './secrets.js'

export interface ConnectionsOptions {
  readonly settings: Settings
  readonly terminal: Terminal
  readonly observe: Observer
  readonly signal: AbortSignal
}

type Login = Pick<ConnectOptions, 'user' | 'password' | 'account'>

/** The servers that one command line is about: one connection for each server and user, opened when it is needed. */
export class Connections {
  readonly #options: ConnectionsOptions
  readonly #open = new Map<string, Promise<Remote>>()
  #given: Promise<string | undefined> | undefined
  #netrc: Promise<NetrcEntry[]> | undefined
  #warned = false

  constructor(options: ConnectionsOptions) {
    this.#options = options
  }

  /** The connection for a URL's server. Its path is not looked at. */
  to(target: Target): Promise<Remote> {
    const key = `${describeTarget(target)} ${target.password ?? ''}`
    const known = this.#open.get(key) ?? this.#connect(target)
    this.#open.set(key, known)
    return known
  }

  async close(): Promise<void> {
    const remotes = await Promise.allSettled(this.#open.values())
    await Promise.all(remotes.map((one) => (one.status === 'fulfilled' ? one.value.close() : undefined)))
  }

  async #connect(target: Target): Promise<Remote> {
    const { settings, observe, signal } = this.#options
    const proxy = this.#proxy()
    const login = await this.#login(target)
    return await connect(describeTarget({ ...target, user: undefined }), {
      ...settings.connect,
      ...login,
      proxy,
      observe,
      signal,
    })
  }

  /** Flags before the URL, the URL before .netrc, and a person last. */
  async #login(target: Target): Promise<Login> {
    const { settings, signal } = this.#options
    const { netrc } = settings.secrets
    if (target.password !== undefined) this.#warn()
    this.#given ??= givenPassword(settings.secrets)
    const given = (await this.#given) ?? target.password
    const wanted = settings.connect.user ?? target.user
    const found = netrc === undefined ? undefined : findNetrc(await this.#entries(netrc), target.server.host, wanted)
    const user = wanted ?? found?.login
    const password = given ?? found?.password
    const ask = user !== undefined && password === undefined && canAsk()
    return {
      user,
      password: ask ? () => askSecret(`Password for ${describeTarget({ ...target, user })}: `, { signal }) : password,
      account: settings.connect.account ?? found?.account,
    }
  }

  #entries(file: string): Promise<NetrcEntry[]> {
    this.#netrc ??= readNetrc(file, (message) => this.#options.terminal.warn('netrc-readable', message))
    return this.#netrc
  }

  #proxy(): ConnectOptions['proxy'] {
    const { proxy } = this.#options.settings.connect
    const { proxyPasswordEnv } = this.#options.settings.secrets
    if (typeof proxy === 'string' && /^[^/]*\/\/[^/]*:[^/]*@/.test(proxy)) this.#warn()
    if (proxyPasswordEnv === undefined) return proxy
    if (typeof proxy !== 'string') throw usage('--proxy-password-env needs one --proxy.', 'Give its URL with --proxy.')
    return withPassword(proxy, fromEnvironment(proxyPasswordEnv, '--proxy-password-env'))
  }

  #warn(): void {
    if (this.#warned) return
    this.#warned = true
    this.#options.terminal.warn(
      'password-in-url',
      'A password in a URL can be seen by other users of this machine and stays in the history; use --password-env, --password-stdin or --netrc.',
    )
  }
}

/** A proxy's URL with the password put behind its user. */
export function withPassword(proxy: string, password: string): string {
  const [, scheme, user] = /^([a-z0-9+.-]+:\/\/)([^/@:]+)(?::[^/@]*)?@/i.exec(proxy) ?? []
  if (scheme === undefined || user === undefined)
    throw usage("--proxy-password-env needs a user in the proxy's URL.", 'Write it like ftp+login://me@gate.example.')
  return `${scheme}${user}:${encodeURIComponent(password)}${proxy.slice(proxy.indexOf('@'))}`
}
