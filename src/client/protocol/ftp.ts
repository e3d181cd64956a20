import { type NamingLearned, newNamingLearned } from '../../engine/pool/naming-facts.js'
import type { ReplyText, TransferError } from '../../errors.js'
import { loggedOut, loginChange } from '../../ftp/control/session-state.js'
import { learnLate, logInAgain, openSession } from '../../ftp/open-session.js'
import { FtpSession } from '../../ftp/session.js'
import type { FtpTarget } from '../../ftp/target.js'
import { checkLine } from '../../path.js'
import type { Store } from '../../store.js'
import type { CallOptions } from '../options/options.js'
import type { About, ChannelChange, Protocol, Sessions, Who } from './protocol.js'

/** FTP and FTPS: whom to log in as, which way data goes, and which channels are protected. */
export class FtpProtocol implements Protocol {
  readonly name = 'ftp'
  readonly limits: Protocol['limits']
  #target: FtpTarget
  /** CCC was asked for. */
  #commandsClear = false

  constructor(target: FtpTarget) {
    this.limits = { ...target.limits }
    this.#target = { ...target, limits: this.limits }
  }

  get target(): FtpTarget {
    return this.#target
  }

  get describe(): string {
    return this.#target.describe
  }

  readonly naming: NamingLearned = newNamingLearned((event) => this.observe(event))

  get observe(): FtpTarget['observe'] {
    return this.#target.observe
  }

  get unrepeatable(): string | undefined {
    const { proxy, prompt } = this.#target
    if (prompt) return 'each session would ask the prompt again'
    return proxy?.name === 'other' ? 'what was said to the proxy by hand cannot be said again' : undefined
  }

  get logsIn(): boolean {
    return this.#target.login
  }

  async open(signal?: AbortSignal): Promise<FtpSession> {
    return await openSession(this.#target, signal)
  }

  lostBy(store: Store): TransferError | undefined {
    return ftp(store).parts.control.lost
  }

  async quiet(store: Store, options: CallOptions & { raw?: boolean }): Promise<void> {
    await ftp(store).quiet(options)
  }

  async prepare(store: Store, { signal, raw }: CallOptions & { raw?: boolean }): Promise<void> {
    const session = ftp(store)
    const { parts } = session
    const { data, tls } = this.#target
    // Between two commands of the caller's nothing is sent: a login through a proxy can have several steps that end with 230.
    if (parts.commands.unasked && !raw) await learnLate(session, this.#target, signal)
    if (parts.data.options.mode !== data.mode) parts.data = parts.data.with({ mode: data.mode })
    if (!tls || !parts.protection) return
    if (parts.protection.data !== tls.data) await session.setChannelMode('data', tls.data, { signal })
    if (this.#commandsClear && parts.protection.control) await session.setChannelMode('command', 'clear', { signal })
  }

  async enter(store: Store, path: string, { signal }: CallOptions): Promise<void> {
    await ftp(store).exclusive((commands) => commands.changeTo(path, { signal }), { signal })
  }

  async command(store: Store, line: string, { signal }: CallOptions): Promise<{ reply: ReplyText; newUser: boolean }> {
    const session = ftp(store)
    const reply = await session.command(line, { signal })
    const change = loginChange(line, reply.code)
    if (change === 'in') session.parts.keepAlive?.start()
    return { reply, newUser: change !== undefined }
  }

  about(store: Store | undefined): About {
    if (!store) return { features: [] }
    const { protection, commands, control } = ftp(store).parts
    const { lastReply: reply } = control
    return {
      security: protection?.control ? protection.session.security : undefined,
      features: commands.features.listed,
      lastReply: reply && { code: reply.code, text: this.#target.redactor.mask(reply.text) },
    }
  }

  setDataMode(mode: FtpTarget['data']['mode']): void {
    this.#target = { ...this.#target, data: { ...this.#target.data, mode } }
  }

  /** On a connection that is not logged in yet the dialogue goes on; otherwise a fresh one is made, which replays the proxy's part too. */
  async login(who: Who | undefined, sessions: Sessions, signal?: AbortSignal): Promise<void> {
    const { user = '', password = '', account = '' } = who ?? {}
    for (const [what, value] of Object.entries({ 'user name': user, password, account })) checkLine(value, what)
    const target = { ...this.#target, credentials: who ?? this.#target.credentials, login: true }
    target.redactor.add(target.credentials.password, target.credentials.account)
    if (this.#target.login) return await this.#replace(target, sessions, signal)
    await sessions.on(signal, async (store) => {
      await logInAgain(ftp(store), target, signal)
      this.#target = target
      await sessions.greet(store, signal)
    })
  }

  /** Sends REIN where the server supports it and there is no proxy (RFC 959 section 4.1.1), else opens a new connection without a login. */
  async logout(sessions: Sessions, signal?: AbortSignal): Promise<void> {
    const target = { ...this.#target, login: false }
    const done = target.proxy === undefined && (await sessions.on(signal, (store) => reinitialize(ftp(store), signal)))
    if (done) this.#target = target
    else await this.#replace(target, sessions, signal)
  }

  /** PROT or CCC on one session; the others, and new ones, follow before their next job. */
  async setChannelMode({ channel, mode }: ChannelChange, sessions: Sessions, signal?: AbortSignal): Promise<void> {
    await sessions.on(signal, (store) => ftp(store).setChannelMode(channel, mode, { signal }))
    if (channel === 'command') this.#commandsClear ||= mode === 'clear'
    else if (this.#target.tls) this.#target = { ...this.#target, tls: { ...this.#target.tls, data: mode } }
  }

  async #replace(target: FtpTarget, sessions: Sessions, signal?: AbortSignal): Promise<void> {
    const before = this.#target
    this.#target = target
    await sessions.replace(() => {
      this.#target = before
    }, signal)
  }
}

/** The session behind a store of an FTP connection. */
export function ftp(store: Store): FtpSession {
  if (store instanceof FtpSession) return store
  throw new TypeError('the pool of an FTP connection holds FTP sessions only')
}

async function reinitialize(session: FtpSession, signal?: AbortSignal): Promise<boolean> {
  return await session.exclusive(
    async (commands) => {
      const reply = await commands.optional('REIN', '', { signal })
      loggedOut(commands.state)
      return reply !== undefined && reply.code < 300
    },
    { signal },
  )
}
