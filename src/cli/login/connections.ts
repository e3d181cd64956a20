import { type ConnectOptions, connect, describeTarget, type Observer, type Remote, type Target } from '../../index.js'
import type { Settings } from '../options/options.js'
import { usage } from '../options/usage.js'
import type { Terminal } from '../report/terminal.js'
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

/** The connections of one command line: one for each server and user, opened when first needed. */
export class Connections {
  readonly #options: ConnectionsOptions
  readonly #open = new Map<string, Promise<Remote>>()
  #given: Promise<string | undefined> | undefined
  #netrc: Promise<NetrcEntry[]> | undefined
  readonly #warned = new Set<string>()

  constructor(options: ConnectionsOptions) {
    this.#options = options
  }

  /** Resolves with the connection to a URL's server. Its path is ignored. */
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

  /** Resolves with the options of connect() for a URL's server: the flags, with every secret that they refer to. */
  async optionsFor(target: Target): Promise<ConnectOptions> {
    const { settings, observe, signal } = this.#options
    const proxy = this.#proxy()
    const tls = this.#tls()
    const login = settings.connect.login === false ? {} : await this.#login(target)
    const passphrase = target.scheme === 'sftp' ? this.#passphrase() : undefined
    return {
      ...settings.connect,
      ...login,
      ...(tls && { tls }),
      ...(passphrase && { passphrase }),
      proxy,
      observe,
      signal,
    }
  }

  async #connect(target: Target): Promise<Remote> {
    return await connect(describeTarget({ ...target, user: undefined }), await this.optionsFor(target))
  }

  /** Resolves with the credentials: from the flags, else the URL, else .netrc, else a prompt. */
  async #login(target: Target): Promise<Login> {
    const { settings, signal } = this.#options
    const { netrc } = settings.secrets
    if (target.password !== undefined) this.#warn('password-in-url', IN_URL)
    this.#given ??= givenPassword(settings.secrets)
    const given = (await this.#given) ?? target.password
    const wanted = settings.connect.user ?? target.user
    const found = netrc === undefined ? undefined : findNetrc(await this.#entries(netrc), target.server.host, wanted)
    const user = wanted ?? found?.login
    const password = given ?? found?.password
    const ask = (user !== undefined || target.scheme === 'sftp') && password === undefined && canAsk()
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

  #tls(): ConnectOptions['tls'] {
    const { tls } = this.#options.settings.connect
    const { tlsPassphraseEnv } = this.#options.settings.secrets
    if (tls?.trustAny) this.#warn('insecure', INSECURE)
    if (tlsPassphraseEnv === undefined) return tls
    return { ...tls, passphrase: fromEnvironment(tlsPassphraseEnv, '--tls-passphrase-env') }
  }

  #passphrase(): ConnectOptions['passphrase'] {
    const { settings, signal } = this.#options
    const { identityPassphraseEnv } = settings.secrets
    if (identityPassphraseEnv !== undefined) return fromEnvironment(identityPassphraseEnv, '--identity-passphrase-env')
    return canAsk() ? (key) => askSecret(`Passphrase of the ${key}: `, { signal }) : undefined
  }

  #proxy(): ConnectOptions['proxy'] {
    const { proxy } = this.#options.settings.connect
    const { proxyPasswordEnv } = this.#options.settings.secrets
    const urls = [proxy ?? []].flat().filter((one) => typeof one === 'string')
    if (urls.some((url) => /^[^/]*\/\/[^/]*:[^/]*@/.test(url))) this.#warn('password-in-url', IN_URL)
    if (proxyPasswordEnv === undefined) return proxy
    return withPassword(urls, fromEnvironment(proxyPasswordEnv, '--proxy-password-env'))
  }

  /** Warns once of each code. */
  #warn(code: string, message: string): void {
    if (this.#warned.has(code)) return
    this.#warned.add(code)
    this.#options.terminal.warn(code, message)
  }
}

const IN_URL =
  'A password in a URL can be seen by other users of this machine and stays in the history; use --password-env, --password-stdin or --netrc.'
const INSECURE =
  '--insecure accepts any certificate: an attacker on the path can read and change everything. --tls-pin and --tls-ca are safe.'

/** Inserts the password into the URL of the proxy whose user has none; it replaces one that is in the URL. */
export function withPassword(urls: readonly string[], password: string): string[] {
  const users = urls.filter((url) => USER.test(url))
  const waiting = users.length > 1 ? users.filter((url) => USER.exec(url)?.[3] === undefined) : users
  if (waiting.length > 1)
    throw usage(
      'Two proxies of the chain have a user but no password; --proxy-password-env can be for one only.',
      "Put the other one's user and password into its URL.",
    )
  const [chosen] = waiting
  if (chosen === undefined)
    throw usage("--proxy-password-env needs a user in the proxy's URL.", 'Write it like ftp+login://me@gate.example.')
  const filled = chosen.replace(USER, (_, scheme, user) => `${scheme}${user}:${encodeURIComponent(password)}@`)
  return urls.map((url) => (url === chosen ? filled : url))
}

const USER = /^([a-z0-9+.-]+:\/\/)([^/@:]+)(:[^/@]*)?@/i
