import { type Lease, type LeaseKind, type LeaseOptions, Pool } from '../engine/pool.js'
import { TransferError, throwIfAborted } from '../errors.js'
import { type Credentials, type FtpTarget, logInAgain, openSession } from '../ftp/open.js'
import { FtpSession } from '../ftp/session.js'
import { checkLine, resolve } from '../path.js'
import type { Store } from '../store.js'
import type { Limits } from '../transport/deadline.js'

/** What connect() made of the URL and the options. */
export interface Plan {
  readonly target: FtpTarget
  readonly poolMax: number
  /** The directory of the URL: where relative paths begin. Relative itself: inside the login directory. */
  readonly directory?: string
  readonly type: 'binary' | 'ascii'
  readonly onConnect?: (session: FtpSession) => Promise<void>
  readonly signal?: AbortSignal
}

/** A session that is lent out, with what this client knows about it. */
export interface Borrowed {
  readonly store: Store
  readonly session: FtpSession
  release(): void
}

/** The sessions behind one `remote`: who is logged in, which way data goes, where relative paths begin. */
export class Connection {
  type: 'binary' | 'ascii'
  /** The session that was lent last. */
  latest: FtpSession | undefined
  readonly limits: { -readonly [K in keyof Limits]: Limits[K] }
  readonly #plan: Plan
  #target: FtpTarget
  #pool: Pool
  #directory: string | undefined
  #closed: Promise<void> | undefined
  /** CCC was asked for. */
  #commandsClear = false

  constructor(plan: Plan) {
    this.#plan = plan
    this.type = plan.type
    this.limits = { ...plan.target.limits }
    this.#target = { ...plan.target, limits: this.limits }
    this.#pool = this.#newPool()
    this.#directory = plan.directory
  }

  /** Sessions that may work at the same time. */
  get parallel(): number {
    return this.#plan.poolMax
  }

  get target(): FtpTarget {
    return this.#target
  }

  async borrow({
    signal,
    kind = 'call',
    wanted,
  }: {
    signal?: AbortSignal
    kind?: LeaseKind
    wanted?: () => void
  } = {}): Promise<Borrowed> {
    const lease = await this.#rested({ signal, kind, wanted })
    const { store } = lease
    if (!(store instanceof FtpSession)) throw new TypeError('the pool holds FTP sessions only')
    try {
      if (!lease.shared) await this.#prepare(store, signal)
    } catch (error) {
      lease.release()
      throw error
    }
    this.latest = store
    return { store, session: store, release: () => lease.release() }
  }

  /** The caller's signal and the connection's own as one. */
  signal(signal: AbortSignal | undefined): AbortSignal | undefined {
    const signals = [signal, this.#plan.signal].filter((one) => one !== undefined)
    return signals.length > 1 ? AbortSignal.any(signals) : signals[0]
  }

  /** Runs one call under the caller's signal, ours, and the total limit. */
  async call<T>(
    what: string,
    signal: AbortSignal | undefined,
    work: (signal: AbortSignal | undefined) => Promise<T>,
  ): Promise<T> {
    const both = this.signal(signal)
    throwIfAborted(both, 'command')
    const { total } = this.limits
    if (total === undefined) return await work(both)
    return await limited(total, both, what, work)
  }

  /** Runs something short on one session. */
  async onSession<T>(signal: AbortSignal | undefined, work: (session: FtpSession) => Promise<T>): Promise<T> {
    const borrowed = await this.borrow({ signal })
    try {
      return await work(borrowed.session)
    } finally {
      borrowed.release()
    }
  }

  /** The same for what changes nothing: when the session turns out to be gone, once more on a new one. */
  async asking<T>(signal: AbortSignal | undefined, work: (session: FtpSession) => Promise<T>): Promise<T> {
    try {
      return await this.onSession(signal, work)
    } catch (error) {
      if (!wasLost(error)) throw error
      return await this.onSession(signal, work)
    }
  }

  /** An absolute path from what the caller wrote. */
  async resolve(path: string, signal?: AbortSignal): Promise<string> {
    if (path.startsWith('/')) return resolve('/', path)
    return resolve(await this.directory(signal), path)
  }

  /** The directory that relative paths begin in. */
  async directory(signal?: AbortSignal): Promise<string> {
    if (this.#directory?.startsWith('/')) return this.#directory
    const home = await this.asking(signal, (session) => session.home({ signal }))
    this.#directory = resolve(home, this.#directory ?? '')
    return this.#directory
  }

  set start(directory: string) {
    this.#directory = directory
  }

  /** Logs in as somebody (else). On a connection that is not logged in yet the dialogue goes on; otherwise a fresh one is made, which replays the proxy's part too. */
  async login(credentials: Credentials | undefined, signal?: AbortSignal): Promise<void> {
    const { user = '', password = '', account = '' } = credentials ?? {}
    for (const [what, value] of Object.entries({ 'user name': user, password, account })) checkLine(value, what)
    const target = { ...this.#target, credentials: credentials ?? this.#target.credentials, login: true }
    target.redactor.add(target.credentials.password, target.credentials.account)
    if (this.#target.login) return await this.#replaced(target, signal)
    await this.onSession(signal, (session) => logInAgain(session, target, signal))
    this.#target = target
    if (this.latest) await this.#greeted(this.latest)
  }

  /** REIN where the server has it and nothing stands between (RFC 959 section 4.1.1), else a fresh connection that is not logged in. */
  async logout(signal?: AbortSignal): Promise<void> {
    const target = { ...this.#target, login: false }
    const done =
      target.proxy === undefined && (await this.onSession(signal, (session) => reinitialize(session, signal)))
    if (done) this.#target = target
    else await this.#replaced(target, signal)
  }

  configure(changes: {
    dataMode?: FtpTarget['data']['mode']
    timeouts?: Partial<Limits>
    type?: 'binary' | 'ascii'
  }): void {
    if (changes.dataMode) this.#target = { ...this.#target, data: { ...this.#target.data, mode: changes.dataMode } }
    if (changes.timeouts) Object.assign(this.limits, changes.timeouts)
    if (changes.type) this.type = changes.type
  }

  /** PROT or CCC on one session; the others, and new ones, follow before their next job. */
  async setChannelMode(channel: 'command' | 'data', mode: 'clear' | 'secure', signal?: AbortSignal): Promise<void> {
    await this.onSession(signal, (session) => session.setChannelMode(channel, mode, { signal }))
    if (channel === 'command') this.#commandsClear ||= mode === 'clear'
    else if (this.#target.tls) this.#target = { ...this.#target, tls: { ...this.#target.tls, data: mode } }
  }

  close(): Promise<void> {
    this.#closed ??= this.#pool.close()
    return this.#closed
  }

  /**
   * A lease on a session that owes no answer, to a NOOP or to what a cancelled call left behind: one that never gives it is
   * replaced before the job has begun.
   */
  async #rested(options: LeaseOptions): Promise<Lease> {
    const lease = await this.#pool.lease(options)
    if (!(lease.store instanceof FtpSession) || lease.shared) return lease
    try {
      await lease.store.quiet(options)
    } catch (error) {
      lease.release()
      throw error
    }
    if (lease.store.state !== 'lost') return lease
    lease.release()
    return await this.#rested(options)
  }

  async #replaced(target: FtpTarget, signal?: AbortSignal): Promise<void> {
    const [before, old] = [this.#target, this.#pool]
    this.#target = target
    this.#pool = this.#newPool()
    await old.close()
    try {
      await this.onSession(signal, async () => {})
    } catch (error) {
      // What was refused is not tried again behind the caller's back: that locks accounts.
      this.#target = before
      throw error
    }
  }

  async #greeted(session: FtpSession): Promise<void> {
    try {
      await this.#plan.onConnect?.(session)
    } catch (cause) {
      if (cause instanceof TransferError) throw cause
      const reason = cause instanceof Error ? cause.message : String(cause)
      throw new TransferError('local', `onConnect failed: ${reason}.`, { phase: 'login', cause })
    }
  }

  /** Brings a session in line with what was asked of another one. */
  async #prepare(session: FtpSession, signal?: AbortSignal): Promise<void> {
    const { parts } = session
    const { data, tls } = this.#target
    if (parts.data.options.mode !== data.mode) parts.data = parts.data.with({ mode: data.mode })
    if (!tls || !parts.protection) return
    if (parts.protection.data !== tls.data) await session.setChannelMode('data', tls.data, { signal })
    if (this.#commandsClear && parts.protection.control) await session.setChannelMode('command', 'clear', { signal })
  }

  #newPool(): Pool {
    return new Pool({
      max: this.#plan.poolMax,
      waitLimit: this.limits.reply,
      open: (signal) => openSession(this.#target, signal),
      onOpen: async (store) => {
        if (this.#target.login && store instanceof FtpSession) await this.#greeted(store)
      },
    })
  }
}

/** Runs a call under the total limit. The call itself is waited for when the limit passes: it has things to put away. */
async function limited<T>(
  limit: number,
  signal: AbortSignal | undefined,
  what: string,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const stop = new AbortController()
  const timer = setTimeout(() => {
    const text = `Gave up after ${limit} ms: ${what} took longer than timeouts.total.`
    stop.abort(new TransferError('timeout', text, { phase: 'command', retryable: true }))
  }, limit)
  try {
    return await work(signal ? AbortSignal.any([signal, stop.signal]) : stop.signal)
  } finally {
    clearTimeout(timer)
  }
}

function wasLost(error: unknown): boolean {
  return (
    error instanceof TransferError &&
    error.code === 'session-lost' &&
    error.phase !== 'proxy' &&
    error.phase !== 'login'
  )
}

async function reinitialize(session: FtpSession, signal?: AbortSignal): Promise<boolean> {
  return await session.exclusive(
    async (commands) => {
      const reply = await commands.optional('REIN', '', { signal })
      commands.forget()
      session.parts.home = undefined
      return reply !== undefined && reply.code < 300
    },
    { signal },
  )
}
