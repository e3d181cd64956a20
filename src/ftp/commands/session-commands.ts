import { TransferError } from '../../errors.js'
import type { CallOptions } from '../../store.js'
import type { AskOptions, Reply } from '../control/command-channel.js'
import type { ControlConnection } from '../control/control-connection.js'
import type { Exchange } from '../control/pending-commands.js'
import { unsupported } from '../control/reply-errors.js'
import { type Features, without } from './features.js'

/** Replies that mean: this server does not know the command (RFC 959 section 4.2, RFC 5797). */
const UNKNOWN = new Set([500, 502, 504])

/** Runs a question, with or without another one in the same flight. */
type Along = <T>(ask: () => Promise<T>) => Promise<T>

const alone: Along = (ask) => ask()

/** The commands of one session that need no data connection, and what the server turned out not to know. */
export class Commands {
  features: Features
  /** SITE CHMOD is listed nowhere: it is tried, and remembered when it is refused. */
  chmod = true
  /** Whether commands may go out together, before the first is answered. */
  flights: () => boolean = () => false
  readonly control: ControlConnection
  /** The directory the server is in, when we have sent it there; paths are absolute everywhere else. */
  #directory: string | undefined
  #type: 'A' | 'I' | undefined
  /** Undefined: it may be either. A session begins with S (RFC 959 section 5.1). */
  #mode: 'S' | 'Z' | undefined = 'S'
  /** An RNFR went out, and no RNTO yet. */
  #renameStands = false
  #renaming: { readonly path: string; readonly asked: Exchange; readonly sent: number } | undefined

  constructor(control: ControlConnection, learned: { readonly features: Features; readonly binary: boolean }) {
    this.control = control
    this.features = learned.features
    if (learned.binary) this.#type = 'I'
  }

  /** A new login: what was known of the session's state is not true any more. */
  learn(learned: { readonly features: Features; readonly binary: boolean }): void {
    this.forget()
    this.features = learned.features
    if (learned.binary) this.#type = 'I'
  }

  /** Sends a command the server may not know. undefined: it does not, now or when it was asked before. */
  async optional(
    verb: string,
    argument: string,
    options: CallOptions & { path?: string; limit?: number } = {},
  ): Promise<Reply | undefined> {
    if (!this.features.has(verb)) return undefined
    const line = argument === '' ? verb : `${verb} ${argument}`
    const reply = await this.control.ask(line, options)
    if (UNKNOWN.has(reply.code)) {
      this.refused(verb)
      return undefined
    }
    return reply
  }

  /** TYPE, when it is not what the session is in already (RFC 959 section 4.1.2). */
  async type(type: 'A' | 'I', { signal }: CallOptions = {}): Promise<void> {
    if (this.#type === type) return
    await this.control.send(`TYPE ${type}`, '2xx', { signal })
    this.#type = type
  }

  /** MODE S, when it does not hold already. */
  async streamMode({ signal }: CallOptions = {}): Promise<void> {
    if (this.#mode === 'S') return
    await this.control.send('MODE S', '2xx', { signal })
    this.#mode = 'S'
  }

  /** MODE Z (draft-preston-ftpext-deflate), when it does not hold already. False: the server has it not. */
  async deflateMode({ signal }: CallOptions = {}): Promise<boolean> {
    if (this.#mode === 'Z') return true
    if (!this.features.modeZ) return false
    const reply = await this.control.ask('MODE Z', { signal })
    if (reply.code < 300) this.#mode = 'Z'
    else this.refused('MODE Z')
    return this.#mode === 'Z'
  }

  /** TYPE I and MODE S hold. */
  get isPlain(): boolean {
    return this.#type === 'I' && this.#mode === 'S'
  }

  /** CWD, when the server is not there already. */
  async changeTo(dir: string, { signal }: CallOptions = {}): Promise<void> {
    if (this.#directory === dir) return
    this.#directory = undefined
    await this.control.send(`CWD ${dir}`, '2xx', { signal, path: dir })
    this.#directory = dir
  }

  /** Forgets the state of the session, which REIN, a new login or a raw command of the caller's may have changed. */
  forget(): void {
    this.#directory = undefined
    this.#type = undefined
    if (this.#mode === 'Z') this.#mode = undefined
  }

  /** What the caller said in his own words; our idea of the session's state is dropped with it. */
  async raw(line: string, options: AskOptions): Promise<Reply> {
    this.forget()
    if (/^\s*mode\b/i.test(line)) this.#mode = undefined
    return await this.control.ask(line, options)
  }

  async ok(line: string, path: string, { signal }: CallOptions): Promise<void> {
    await this.control.send(line, '2xx', { signal, path })
  }

  /** Remembers that the server does not know a command. */
  refused(verb: string): void {
    this.features = without(this.features, verb)
  }

  /** RNFR ahead of the rename() that will follow. It holds as long as nothing else is sent. */
  startRename(path: string): void {
    const asked = this.control.start(`RNFR ${path}`)
    this.#renameStands = true
    this.#renaming = { path, asked, sent: this.control.sent }
  }

  /** `along`: sends something else with its last command. */
  async rename(
    from: string,
    to: string,
    { signal, along = alone }: CallOptions & { along?: Along } = {},
  ): Promise<void> {
    const { path, sent, asked } = this.#renaming ?? {}
    this.#renaming = undefined
    const line = `RNFR ${from}`
    const holds = path === from && sent === this.control.sent
    const asking = asked && holds ? asked : this.control.start(line)
    this.#renameStands = true
    const reply = await this.control.answer(asking, { signal })
    if (reply.code !== 350) {
      this.#renameStands = false
      throw this.control.failure(reply, line, { path: from })
    }
    const renamed = along(() => this.control.send(`RNTO ${to}`, '2xx', { signal, path: to }))
    this.#renameStands = false
    await renamed
    this.#directory = undefined
  }

  /**
   * Ends a rename that was begun and not gone through with, unless this server does not mind. What startRename() began is our own
   * temporary file: its name is changed to what it is. Otherwise the session is given up, for some servers remove what has the name.
   * Never throws: a connection that is lost is noticed by whoever sends next.
   */
  async dropRename(): Promise<void> {
    if (!this.renameStands) return
    this.#renameStands = false
    const { path } = this.#renaming ?? {}
    this.#renaming = undefined
    if (path !== undefined) await this.control.ask(`RNTO ${path}`).catch(() => {})
    else this.control.lose(abandoned())
  }

  /** A rename was begun and not gone through with, and this server minds. */
  get renameStands(): boolean {
    return this.#renameStands && !this.features.quirks.forgetsRename
  }

  async removeDir(path: string, { signal }: CallOptions = {}): Promise<void> {
    // No server removes the directory it stands in, and some remove nothing above it either.
    if (this.#directory?.startsWith(path)) await this.changeTo('/', { signal }).catch(() => this.forget())
    await this.control.send(`RMD ${path}`, '2xx', { signal, path })
  }

  /** The login directory (RFC 959 section 4.1.3 PWD; a doubled quote stands for one, appendix II). */
  async workingDirectory({ signal }: CallOptions = {}): Promise<string> {
    const reply = await this.control.send('PWD', '257', { signal })
    return quotedPath(reply.text)
  }

  async setMode(path: string, mode: number, { signal }: CallOptions = {}): Promise<void> {
    const line = `SITE CHMOD ${(mode & 0o7777).toString(8).padStart(3, '0')} ${path}`
    const reply = await this.control.ask(line, { signal })
    if (UNKNOWN.has(reply.code)) {
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

/** The path in a 257 reply. Throws `protocol` when there is none that could be used again in a command. */
export function quotedPath(text: string): string {
  const start = text.indexOf('"')
  let path = ''
  for (let i = start + 1; start >= 0 && i < text.length; i++) {
    if (text[i] !== '"') path += text[i]
    else if (text[i + 1] === '"') path += text[i++]
    else return checked(path, text)
  }
  return checked('', text)
}

function checked(path: string, text: string): string {
  if (path.startsWith('/') && !/[\x00-\x1f\x7f]/.test(path)) return path
  // VMS and MVS answer in their own notation; '/' is where relative paths then begin.
  if (path !== '' && !/[\x00-\x1f\x7f]/.test(path)) return '/'
  throw new TransferError(
    'protocol',
    `The server's answer to PWD names no directory that can be used: ${JSON.stringify(text.slice(0, 100))}.`,
    {
      phase: 'command',
    },
  )
}

function abandoned(): TransferError {
  const text = 'The session was given up: a rename was begun on it (RNFR) that was cancelled.'
  return new TransferError('session-lost', text, { phase: 'command', retryable: true })
}
