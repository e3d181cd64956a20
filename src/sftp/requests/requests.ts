import type { Limits } from '../../deadline.js'
import { throwIfAborted } from '../../errors.js'
import { nextSession, type Observer } from '../../events.js'
import type { Meaning, Question } from '../../meaning.js'
import { checkLine } from '../../path.js'
import { printable } from '../../printable.js'
import { type Answers, type SftpChannel, SftpStatus, type Start } from '../../ssh/sftp-channel.js'
import type { CallOptions } from '../../store.js'
import type { SftpLearned } from './facts.js'
import { clarified, failure } from './status-errors.js'

/** What a session is built from. */
export interface SftpParts {
  readonly channel: SftpChannel
  readonly limits: Limits
  readonly observe: Observer
  readonly describe: string
  readonly mask: (text: string) => string
  /** Shared with every other session of the connection. */
  readonly learned: SftpLearned
}

/** One request about a path. */
export interface Request<K extends keyof Answers> extends CallOptions {
  readonly kind: K
  /** 'LSTAT': the name used in the log and in errors. */
  readonly name: string
  readonly path: string
  /** What was attempted, for a refusal that can only be explained by looking at the path. */
  readonly meaning?: Meaning
  readonly late?: (value: Answers[K]) => void
}

/** Sends a session's requests about paths: checks the path, reports to the observer, turns refusals into TransferErrors. */
export class Requests {
  /** The number of the session in events. */
  readonly number = nextSession()
  readonly #parts: SftpParts
  readonly #look: Question['look']

  constructor(parts: SftpParts, look: Question['look']) {
    this.#parts = parts
    this.#look = look
  }

  get learned(): SftpLearned {
    return this.#parts.learned
  }

  async ask<K extends keyof Answers>(request: Request<K>, start: Start<K>): Promise<Answers[K]> {
    const { kind, name: word, path, meaning, signal, late } = request
    checkLine(path, 'path')
    throwIfAborted(signal, 'command')
    const { channel, limits, observe, mask } = this.#parts
    observe({ type: 'command', session: this.number, text: mask(`${word} ${path}`) })
    const what = `no answer to ${word} ${path}`
    try {
      return await channel.ask(start, { kind, limit: limits.reply, signal, what, late })
    } catch (error) {
      if (!(error instanceof SftpStatus)) throw error
      const lines = [mask(printable(error.message, 500))]
      observe({ type: 'reply', session: this.number, code: error.code, lines })
      if (meaning === undefined) throw failure(error, word, path)
      throw await clarified(error, word, { path, meaning, look: this.#look })
    }
  }

  /** Sends a request whose reply carries a status and no value. */
  run(request: Omit<Request<'nothing'>, 'kind'>, start: Start<'nothing'>): Promise<void> {
    return this.ask({ ...request, kind: 'nothing' }, start)
  }

  /** Resolves with the handle of a directory, to be closed by the caller. */
  openDirectory(dir: string, signal: AbortSignal | undefined, meaning?: Meaning): Promise<Buffer> {
    const late = (handle: Buffer): void => this.leave(handle, dir)
    return this.ask({ kind: 'handle', name: 'OPENDIR', path: dir, meaning, signal, late }, (sftp, answer) =>
      sftp.opendir(dir, answer),
    )
  }

  /** Closes a handle that is of no use any more, or that came when it was not waited for any more. Its answer changes nothing. */
  leave(handle: Buffer, path: string): void {
    this.run({ name: 'CLOSE', path }, (sftp, answer) => sftp.close(handle, answer)).catch(() => {})
  }

  /** Resolves with the target of a link; undefined when it was removed meanwhile or cannot be read. */
  async target(path: string, signal?: AbortSignal): Promise<string | undefined> {
    const { channel, limits } = this.#parts
    const what = `no answer to READLINK ${path}`
    return await channel
      .ask((sftp, answer) => sftp.readlink(path, answer), { kind: 'text', limit: limits.reply, signal, what })
      .catch((error: unknown) => {
        if (error instanceof SftpStatus) return undefined
        throw error
      })
  }
}
