import type { AuthHandlerMiddleware, BaseAgent, Client, NegotiatedAlgorithms, NextAuthHandler } from 'ssh2'
import type { Limits } from '../deadline.js'
import { aborted, asTransferError, badArgument, TransferError, throwIfAborted } from '../errors.js'
import type { Observer } from '../events.js'
import { onAbort } from '../on-abort.js'
import { checkLine } from '../path.js'
import { printable } from '../printable.js'
import { type Endpoint, hostPort } from '../transport/endpoint.js'
import type { Wire } from '../transport/wire.js'
import { isVulnerableToTerrapin, type Offer, offerOf } from './algorithms.js'
import { SshConnection } from './connection.js'
import { isOtherProtocol, lost, noCommonAlgorithm, notSsh, refusalText, terrapinWarning } from './failure.js'
import {
  type Decision,
  decide,
  fingerprintOf,
  knownTypes,
  readTrust,
  remember,
  TRUSTED_BY,
  type Trust,
} from './keys/host-keys.js'
import { findIdentities, type Identities } from './keys/identity.js'
import { keyType } from './keys/known-hosts.js'
import type { AlgorithmPreset, HostKeyOptions, SshAuth } from './keys/options.js'
import { guardedAgent } from './login/agent.js'
import { LoginClock } from './login/clock.js'
import { Login } from './login/login.js'
import { identOf, watchServerOffer } from './server-offer.js'
import { warn, warnOfSkipped } from './warnings.js'

export type { SshConnection } from './connection.js'
export type { AlgorithmPreset, HostKeyOptions, KeySource, SshAuth, SshSecret } from './keys/options.js'
export type { SshSecurity } from './security.js'

export interface SshOptions {
  /** A fresh connection to the server. Owned by the SSH connection from here on, also when opening it fails. */
  readonly wire: Wire
  /** The name and port that the host key is looked up by. */
  readonly host: string
  readonly port: number
  readonly user: string
  readonly auth: SshAuth
  readonly hostKey?: HostKeyOptions
  readonly algorithms?: AlgorithmPreset
  /** `connect`: limit for each step of the server's, in ms. Time spent in the caller's functions is not counted. */
  readonly limits?: Pick<Limits, 'connect'>
  readonly signal?: AbortSignal
  readonly observe?: Observer
  /** Time without data from the server after which a keep-alive request is sent, in ms; the third without a reply ends the connection. 0: never. */
  readonly keepAlive?: number
}

const KEEP_ALIVE = 30_000

/**
 * Logs in to an SSH server; the host key is checked before any credentials are sent. Rejects with `host-key`, `login-refused` (naming
 * what was tried and the methods that the server accepts), `not-supported` without a common algorithm, `wrong-protocol`,
 * `session-lost`, `too-many-sessions`, `timeout`, `aborted`; `bad-argument` and `local` for the caller's own keys and files.
 */
export async function openSsh(options: SshOptions): Promise<SshConnection> {
  try {
    checkLine(options.user, 'SSH user name')
    if (options.user === '') throw badArgument('SSH needs a user name.', 'Write it in front of the host: user@host.')
    const [trust, identities] = await Promise.all([readTrust(options.hostKey), findIdentities(options.auth)])
    const { Client, createAgent } = (await import('ssh2')).default
    throwIfAborted(options.signal, 'connect')
    warnOfSkipped(options.observe, [...trust.skipped, ...identities.skipped])
    return await new Opening(options, { trust, identities, client: new Client(), createAgent }).run()
  } catch (error) {
    options.wire.destroy()
    throw asTransferError(error, { code: 'session-lost', phase: 'connect' })
  }
}

interface Parts {
  readonly trust: Trust
  readonly identities: Identities
  readonly client: Client
  readonly createAgent: (socket: string) => BaseAgent
}

/** A connection being opened: key exchange, host key, login. */
class Opening {
  readonly #options: SshOptions
  readonly #parts: Parts
  readonly #at: Endpoint
  readonly #where: string
  readonly #offer: Offer
  readonly #connection: SshConnection
  readonly #login: Login
  readonly #serverOffer: ReturnType<typeof watchServerOffer>
  #accepted: { key: Buffer; by: string } | undefined
  readonly #clock: LoginClock

  constructor(options: SshOptions, parts: Parts) {
    const { host, port, user, wire, algorithms, auth } = options
    this.#options = options
    this.#parts = parts
    this.#at = { host, port }
    this.#where = hostPort(this.#at)
    this.#offer = offerOf(algorithms, knownTypes(this.#at, parts.trust))
    this.#connection = new SshConnection(wire, {
      client: parts.client,
      describe: `ssh://${user}@${this.#where}`,
      stage: { where: this.#where, phase: 'connect' },
    })
    this.#clock = new LoginClock(options.limits?.connect, (limit, isWhole) => this.#late(limit, isWhole))
    const asked = (answered: boolean): void => (answered ? this.#wait() : this.#clock.stop())
    this.#login = new Login({
      user,
      identities: parts.identities,
      password: auth.password,
      asked,
      giveUp: () => this.#connection.lose(this.#login.refusal(this.#where)),
      agentAt: (use) => guardedAgent(parts.createAgent(use.socket), { use, connection: this.#connection, asked }),
    })
    this.#connection.explain = (error) => this.#explain(error)
    this.#serverOffer = watchServerOffer(wire.handOver(), (received) => this.#checkProtocol(received))
    this.#start()
  }

  async run(): Promise<SshConnection> {
    const connection = this.#connection
    const { signal, wire } = this.#options
    const stop = (): void => connection.lose(signal ? aborted(signal, 'connect') : lost(connection.stage))
    const forget = onAbort(signal, stop)
    if (signal?.aborted) stop()
    // ssh2 hears nothing of an end that came before it listened.
    if (wire.stream.readableEnded || wire.stream.destroyed) connection.lose(lost(connection.stage))
    this.#wait()
    try {
      await this.#ready()
      connection.explain = (error) => lost(connection.stage, error)
      connection.stage = { where: this.#where, phase: 'command' }
      return connection
    } catch (error) {
      // A server that hangs up after the attempts it allows has refused them; they must not be made again.
      const isLoss = error instanceof TransferError && error.code === 'session-lost'
      throw isLoss && this.#login.wasRefused ? this.#login.refusal(this.#where, error) : error
    } finally {
      forget()
      this.#clock.stop()
      this.#serverOffer.stop()
    }
  }

  #start(): void {
    const { wire, user, keepAlive = KEEP_ALIVE } = this.#options
    const { client } = this.#parts
    client.on('handshake', (negotiated) => this.#agreed(negotiated))
    client.on('change password', () => {
      const text = `${this.#where} requires a new password before ${printable(user, 80)} can log in.`
      this.#connection.lose(new TransferError('login-refused', text, { phase: 'login', hint: 'Change it with ssh.' }))
    })
    client.connect({
      sock: wire.stream,
      username: user,
      ident: 'Sallyport',
      algorithms: this.#offer,
      hostVerifier: (key: Buffer) => this.#checkHostKey(key),
      authHandler: this.#onAuth,
      readyTimeout: 0,
      keepaliveInterval: keepAlive,
      keepaliveCountMax: 3,
    })
  }

  #ready(): Promise<void> {
    return new Promise((resolve, reject) => {
      const forget = this.#connection.onEnd(reject)
      this.#parts.client.once('ready', () => {
        forget()
        resolve()
      })
    })
  }

  /** Called by ssh2 in every key exchange, including re-keying of an open connection. */
  #checkHostKey(key: Buffer): boolean {
    if (this.#accepted?.key.equals(key)) return true
    const decision = this.#decide(Buffer.from(key))
    if (decision.accepted && !this.#accepted) {
      this.#accepted = { key: Buffer.from(key), by: decision.by }
      if (decision.warning) this.#warn('host-key-unchecked', decision.warning)
      return true
    }
    const text = `${this.#where} sent a different host key during the connection: ${fingerprintOf(key)}.`
    this.#connection.lose(
      decision.accepted ? new TransferError('host-key', text, { phase: 'connect' }) : decision.error,
    )
    return false
  }

  #decide(key: Buffer): Decision {
    const { trust } = this.#parts
    const decision = decide(key, this.#at, trust)
    const isMissed = !decision.accepted || decision.by === 'new'
    if (isMissed && trust.problems.length > 0) {
      const shown = trust.problems.slice(0, 5).map((problem) => printable(problem, 200))
      this.#warn('known-hosts', `Lines of known_hosts could not be used: ${shown.join('; ')}.`)
    }
    return decision
  }

  #agreed({ kex, cs }: NegotiatedAlgorithms): void {
    const { key, by } = this.#accepted ?? { key: Buffer.alloc(0), by: '' }
    const hostKey = { type: keyType(key) ?? '', fingerprint: fingerprintOf(key), trustedBy: by }
    this.#connection.server = identOf(this.#serverOffer.received())
    const mac = cs.mac || 'in the cipher'
    this.#connection.security = {
      protocol: 'SSH-2.0',
      keyExchange: kex,
      cipher: cs.cipher,
      mac,
      trusted: by !== 'any',
      reason: TRUSTED_BY[by] ?? '',
      hostKey,
    }
    if (this.#serverOffer.offer()?.strict === false && isVulnerableToTerrapin(cs.cipher, mac))
      this.#warn('ssh-terrapin', terrapinWarning(this.#where, cs.cipher))
  }

  readonly #onAuth: AuthHandlerMiddleware = (left: string[] | null, partial: boolean | null, next) => {
    this.#clock.stop()
    this.#nextLogin(left, partial, next).catch((error: unknown) => {
      this.#connection.lose(asTransferError(error, { code: 'session-lost', phase: 'login' }))
    })
  }

  async #nextLogin(left: string[] | null, partial: boolean | null, next: NextAuthHandler): Promise<void> {
    const connection = this.#connection
    if (connection.stage.phase === 'connect') {
      // The key exchange is complete: the server has proved that it holds the host key.
      connection.stage = { where: this.#where, phase: 'login' }
      await this.#rememberKey()
    }
    const method = await this.#login.next(left, partial)
    if (connection.over) return
    if (!method) {
      connection.lose(this.#login.refusal(this.#where))
      return
    }
    this.#wait()
    next(method)
  }

  async #rememberKey(): Promise<void> {
    const { trust } = this.#parts
    if (this.#accepted?.by !== 'new') return
    const shown = `The host key of ${this.#where} is new: ${fingerprintOf(this.#accepted.key)}.`
    const outcome = await remember(this.#accepted.key, this.#at, trust).then(
      (file) => `It was written to ${file}.`,
      (error: unknown) => `It could not be written down: ${error instanceof Error ? error.message : String(error)}`,
    )
    this.#warn('host-key-new', `${shown} ${outcome}`)
  }

  /** A server of another protocol is recognized by its first bytes. */
  #checkProtocol(received: Buffer): void {
    if (this.#connection.stage.phase !== 'connect' || this.#accepted) return
    if (isOtherProtocol(received)) this.#connection.lose(notSsh(this.#where, received))
  }

  #explain(error: Error | undefined): TransferError | undefined {
    const stage = this.#connection.stage
    const level = error && 'level' in error ? error.level : undefined
    if (stage.phase === 'login' && error) {
      // The agent does not answer, or a key cannot sign: ssh2 goes on to the next method.
      if (level === 'agent' || level === 'client-authentication') return void this.#login.note(error.message)
      if (/authentication failures/i.test(error.message)) return this.#login.refusal(this.#where, error)
      return lost(stage, error)
    }
    const received = this.#serverOffer.received()
    const apart =
      error && noCommonAlgorithm(this.#where, error, { ours: this.#offer, theirs: this.#serverOffer.offer() })
    const isText = stage.phase === 'connect' && received.length > 0 && identOf(received) === ''
    return apart ?? lost(stage, isText ? refusalText(received) : error)
  }

  #warn(code: string, message: string): void {
    warn(this.#options.observe, code, message)
  }

  #wait(): void {
    if (!this.#connection.over) this.#clock.start()
  }

  #late(limit: number, isWhole: boolean): void {
    const { phase } = this.#connection.stage
    const isSilent = phase === 'connect' && this.#serverOffer.received().length === 0
    const says = isWhole
      ? `the login at ${this.#where} did not come to an end`
      : `${this.#where} ${isSilent ? 'sent nothing' : 'did not answer'}`
    const hint = isSilent ? 'Check the scheme and the port of the URL.' : undefined
    const details = { phase, retryable: true, hint }
    this.#connection.lose(new TransferError('timeout', `Gave up after ${limit} ms: ${says}.`, details))
  }
}
