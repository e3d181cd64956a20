import { TransferError } from '../../errors.js'
import type { CallOptions } from '../../store.js'
import type { AskOptions, Reply } from '../control/command-channel.js'
import type { ControlConnection } from '../control/control-connection.js'
import { isLook, isOwnReply, refusesCommand } from '../control/expected-replies.js'
import { unsupported } from '../control/reply-errors.js'
import { forget, loggedIn, loggedOut, loginChange, mayChange, type SessionState } from '../control/session-state.js'
import type { Learned } from './discover.js'
import { type Features, without } from './features.js'
import { quotedPath } from './quoted-path.js'

/** Sends a question, with or without another one together with it. */
type Along = <T>(ask: () => Promise<T>) => Promise<T>

const alone: Along = (ask) => ask()

/** The commands of one session that need no data connection, and what the server turned out not to know. */
export class Commands {
  features: Features
  /** SITE CHMOD is listed nowhere: it is tried, and remembered when it is refused. */
  chmod = true
  /** Commands that look and were answered: what they refuse from then on is the path, not the command. */
  readonly told = new Set<string>()
  /** A user was logged in by commands of the caller's, and what the server can do for him was not asked yet. */
  unasked = false
  /** The server has accepted a REST before. */
  restWorks = false
  /** Whether commands may go out together, before the first is answered. */
  pipelining: () => boolean = () => false
  readonly control: ControlConnection
  readonly state: SessionState

  constructor(control: ControlConnection, state: SessionState, features: Features) {
    this.control = control
    this.state = state
    this.features = features
    control.telnet = !features.quirks.literalTelnet
  }

  /** A user has logged in. */
  learn(learned: Learned): void {
    this.unasked = false
    this.features = learned.features
    this.control.telnet = !learned.features.quirks.literalTelnet
    loggedIn(this.state, learned)
  }

  /** Sends a command the server may not know. Resolves with undefined when it does not, now or when it was asked before. */
  async optional(
    verb: string,
    argument: string,
    options: CallOptions & { path?: string; limit?: number } = {},
  ): Promise<Reply | undefined> {
    if (!this.features.has(verb)) return undefined
    const line = argument === '' ? verb : `${verb} ${argument}`
    return this.judged(verb, await this.control.ask(line, options))
  }

  /** The reply to a command the server may not know; undefined, and remembered, when it refuses the command as such. */
  judged(verb: string, reply: Reply): Reply | undefined {
    if (isOwnReply(verb, reply.code)) this.told.add(verb)
    else if (refusesCommand(reply, this.told.has(verb) || !isLook(verb))) {
      this.refused(verb)
      return undefined
    }
    return reply
  }

  /** TYPE, when it is not what the session is in already (RFC 959 section 4.1.2). */
  async type(type: 'A' | 'I', { signal }: CallOptions = {}): Promise<void> {
    if (this.state.type === type) return
    await this.control.send(`TYPE ${type}`, '2xx', { signal })
    this.state.type = type
  }

  /**
   * Asks once for the fact `type`, where the server has it and does not send it unasked. A refusal changes nothing. undefined: there is
   * nothing to ask, and what comes next may go out in the same turn.
   */
  typeFact({ signal }: CallOptions = {}): Promise<unknown> | undefined {
    const { factsToAsk } = this.features
    if (this.state.facts || factsToAsk === undefined) return undefined
    this.state.facts = true
    return this.control.ask(`OPTS MLST ${factsToAsk}`, { signal })
  }

  /** MODE S, when it does not hold already. */
  async streamMode({ signal }: CallOptions = {}): Promise<void> {
    if (this.state.mode !== 'S') await this.#unlessUnknown('MODE S', signal)
    this.state.mode = 'S'
  }

  /** STRU F, when it does not hold already. */
  async fileStructure({ signal }: CallOptions = {}): Promise<void> {
    if (this.state.structure !== 'F') await this.#unlessUnknown('STRU F', signal)
    this.state.structure = 'F'
  }

  /** MODE Z (draft-preston-ftpext-deflate), when it does not hold already. False: the server has it not. */
  async deflateMode({ signal }: CallOptions = {}): Promise<boolean> {
    if (this.state.mode === 'Z') return true
    if (!this.features.modeZ) return false
    const reply = await this.control.ask('MODE Z', { signal })
    if (reply.code < 300) this.state.mode = 'Z'
    else this.refused('MODE Z')
    return this.state.mode === 'Z'
  }

  /** TYPE I, MODE S and STRU F hold. */
  get isPlain(): boolean {
    const { type, mode, structure } = this.state
    return type === 'I' && mode === 'S' && structure === 'F'
  }

  /**
   * CWD. It is sent each time: another client may have renamed or replaced the directory since the last one. `along`: sends something
   * else together with it.
   */
  async changeTo(dir: string, { signal, along = alone }: CallOptions & { along?: Along } = {}): Promise<void> {
    await this.leaveHome({ signal })
    await along(() => this.control.send(`CWD ${dir}`, '2xx', { signal, path: dir }))
    this.state.directory = dir
  }

  /** To be called before CWD is sent: asks for the login directory while PWD still names it. */
  async leaveHome({ signal }: CallOptions = {}): Promise<void> {
    const { state } = this
    if (!state.moved) state.home ??= await this.#workingDirectory({ signal })
    state.moved = true
    state.directory = undefined
  }

  /** Sends a line of the caller's. Whatever it changes of the session is sent again, in our words, before it matters. */
  async raw(line: string, options: AskOptions): Promise<Reply> {
    const { state } = this
    if (mayChange(line)) {
      await this.leaveHome(options)
      forget(state)
    }
    if (/^[^a-z]*rn(?:fr|to)\b/i.test(line)) state.rename = /rnfr/i.test(line) ? {} : undefined
    const reply = await this.control.answer(this.control.start(line, options), options)
    const change = loginChange(line, reply.code)
    // The transfer parameters stay unknown: what came before this login may have changed them.
    if (change === 'in') Object.assign(state, { home: undefined, moved: false, rename: undefined })
    if (change === 'out') loggedOut(state)
    if (change) this.unasked = change === 'in'
    return reply
  }

  async ok(line: string, path: string, { signal }: CallOptions): Promise<void> {
    await this.control.send(line, '2xx', { signal, path })
  }

  /** Remembers that the server does not know a command. */
  refused(verb: string): void {
    this.features = without(this.features, verb)
  }

  /** RNFR, pipelined with the rename() that will follow. It holds as long as nothing else is sent. */
  startRename(path: string): void {
    const asked = this.control.start(`RNFR ${path}`)
    this.state.rename = { pipelined: { path, asked, sent: this.control.sent } }
  }

  /** `along`: sends something else with its last command. */
  async rename(
    from: string,
    to: string,
    { signal, along = alone }: CallOptions & { along?: Along } = {},
  ): Promise<void> {
    const { state } = this
    const pipelined = state.rename?.pipelined
    const line = `RNFR ${from}`
    const holds = pipelined?.path === from && pipelined.sent === this.control.sent
    const asking = holds ? pipelined.asked : this.control.start(line)
    state.rename = {}
    const reply = await this.control.answer(asking, { signal })
    if (reply.code >= 400) {
      state.rename = undefined
      throw this.control.failure(reply, line, { path: from })
    }
    const renamed = along(() => this.control.send(`RNTO ${to}`, '2xx', { signal, path: to }))
    state.rename = undefined
    state.directory = undefined
    await renamed
  }

  /**
   * Ends a rename that was begun and not completed, unless this server does not mind. A file of startRename() is temporary and this
   * package's own: it is renamed to its own name. Otherwise the session is given up, since some servers remove the file. Never rejects:
   * a lost connection is noticed by the next command.
   */
  async dropRename(): Promise<void> {
    if (!this.renameStands) return
    const path = this.state.rename?.pipelined?.path
    this.state.rename = undefined
    if (path !== undefined) await this.control.ask(`RNTO ${path}`).catch(() => {})
    else this.control.lose(abandoned())
  }

  /** A rename was begun and not gone through with, and this server minds. */
  get renameStands(): boolean {
    return this.state.rename !== undefined && !this.features.quirks.forgetsRename
  }

  async removeDir(path: string, { signal }: CallOptions = {}): Promise<void> {
    const { moved, directory } = this.state
    // No server removes the directory that it is in, and some remove nothing above it either.
    if (moved && (directory === undefined || directory.startsWith(path)))
      await this.control.ask('CWD /', { signal }).then(({ code }) => {
        this.state.directory = code < 300 ? '/' : undefined
      })
    await this.control.send(`RMD ${path}`, '2xx', { signal, path })
  }

  /** Resolves with the login directory, which relative paths begin in. Rejects with the error of PWD when the server does not report it. */
  async home({ signal }: CallOptions = {}): Promise<string> {
    if (this.state.home !== undefined) return this.state.home
    const { code, text } = await this.control.send('PWD', '257', { signal })
    this.state.home = quotedPath(text)
    if (this.state.home !== undefined) return this.state.home
    const said = JSON.stringify(text.slice(0, 100))
    const message = `The server's answer to PWD names no directory that can be used: ${said}.`
    throw new TransferError('protocol', message, { phase: 'command', command: 'PWD', reply: { code, text } })
  }

  async #workingDirectory({ signal }: CallOptions): Promise<string | undefined> {
    const reply = await this.control.ask('PWD', { signal })
    return reply.code === 257 ? quotedPath(reply.text) : undefined
  }

  /** A server that does not know MODE or STRU has no other than the one it begins with. */
  async #unlessUnknown(line: string, signal: AbortSignal | undefined): Promise<void> {
    const reply = await this.control.ask(line, { signal })
    if (reply.code >= 300 && !refusesCommand(reply, true)) throw this.control.failure(reply, line)
  }

  async setMode(path: string, mode: number, { signal }: CallOptions = {}): Promise<void> {
    const line = `SITE CHMOD ${(mode & 0o7777).toString(8).padStart(3, '0')} ${path}`
    const reply = await this.control.ask(line, { signal })
    if (reply.code === 202 || refusesCommand(reply, true)) {
      this.chmod = false
      throw unsupported('set permissions', 'SITE CHMOD', path)
    }
    this.#expect(reply, line, path)
  }

  /** MFMT (draft-somers-ftp-mfxx section 3.1), or MDTM with two arguments where the server is known to take it. Whole seconds, UTC. */
  async setTimes(path: string, modified: Date, { signal }: CallOptions = {}): Promise<void> {
    const time = modified
      .toISOString()
      .replace(/\.\d+Z$/, '')
      .replace(/[-:T]/g, '')
    const reply = await this.optional('MFMT', `${time} ${path}`, { signal, path })
    if (reply) return this.#expect(reply, `MFMT ${time} ${path}`, path)
    if (!this.features.quirks.setsTimesByMdtm) throw unsupported('set modification times', 'MFMT', path)
    await this.control.send(`MDTM ${time} ${path}`, '2xx', { signal, path })
  }

  #expect(reply: Reply, line: string, path: string): void {
    if (reply.code >= 300) throw this.control.failure(reply, line, { path })
  }
}

function abandoned(): TransferError {
  const text = 'The session was given up: a rename was begun on it (RNFR) that was cancelled.'
  return new TransferError('session-lost', text, { phase: 'command', retryable: true })
}
