import { TransferError } from '../../errors.js'
import { name } from '../../path.js'
import { SftpStatus, type Stats } from '../../ssh/sftp-channel.js'
import type { Entry, EntryType } from '../../store.js'
import type { SftpFact } from '../requests/facts.js'
import type { Requests } from '../requests/requests.js'
import { entryOf, typeOf } from './entries.js'

type Word = 'STAT' | 'LSTAT'

const REFUSED: Readonly<Record<Word, SftpFact>> = { STAT: 'stat-refused', LSTAT: 'lstat-refused' }

/** The answer to STAT or LSTAT, and which of the two gave it. */
interface Looked {
  readonly by: Word
  readonly stats: Stats
}

/**
 * Resolves with the entry at a path, also from servers that support only one of STAT and LSTAT, and from those that leave the type out
 * of the attributes. A refusal is never taken for a missing file.
 */
export class Look {
  readonly #requests: Requests

  constructor(requests: Requests) {
    this.#requests = requests
  }

  /** Resolves with undefined when the server reports that there is nothing. Links are not followed. */
  async entry(path: string, signal?: AbortSignal): Promise<Entry | undefined> {
    try {
      const looked = await this.#attributes('LSTAT', path, signal)
      const target = await this.#linkTarget(looked, path, signal)
      if (target !== undefined && looked.by === 'STAT') return { name: name(path) || '/', type: 'link', target }
      const type = typeOf(looked.stats) ?? (await this.#typeByOpening(path, looked.stats, signal))
      return entryOf(name(path) || '/', looked.stats, { type, target })
    } catch (error) {
      if (!isMissing(error)) throw error
      const target = await this.#danglingTarget(path, signal)
      return target === undefined ? undefined : { name: name(path) || '/', type: 'link', target }
    }
  }

  /** Resolves with the type alone, for an entry whose listing did not contain it; with undefined where the server does not report it. */
  async type(path: string, signal?: AbortSignal): Promise<EntryType | undefined> {
    try {
      const looked = await this.#attributes('LSTAT', path, signal)
      const target = looked.by === 'STAT' ? await this.#linkTarget(looked, path, signal) : undefined
      return target === undefined ? typeOf(looked.stats) : 'link'
    } catch (error) {
      if (!isRefusal(error)) throw error
      return isMissing(error) && (await this.#danglingTarget(path, signal)) !== undefined ? 'link' : undefined
    }
  }

  /** Resolves with whether there is a directory, links followed. Rejects with the server's error where there is nothing. */
  async isDirectory(path: string, signal?: AbortSignal): Promise<boolean> {
    const { by, stats } = await this.#attributes('STAT', path, signal)
    const type = typeOf(stats)
    if (type !== undefined && !(by === 'LSTAT' && type === 'link')) return type === 'directory'
    return await this.#canBeOpened(path, signal)
  }

  /** Resolves with the size of a link's target; with undefined where the server does not report it. */
  async size(path: string, signal?: AbortSignal): Promise<number | undefined> {
    try {
      const { by, stats } = await this.#attributes('STAT', path, signal)
      return by === 'LSTAT' && typeOf(stats) === 'link' ? undefined : stats.size
    } catch (error) {
      if (isRefusal(error)) return undefined
      throw error
    }
  }

  /**
   * Asks with STAT (links followed) or LSTAT. A server that refuses one of them is asked for the other, which is remembered once it
   * has answered. Rejects with what the wanted one was refused with where neither is answered.
   */
  async #attributes(want: Word, path: string, signal: AbortSignal | undefined): Promise<Looked> {
    const { learned } = this.#requests
    const other = want === 'STAT' ? 'LSTAT' : 'STAT'
    if (learned.has(REFUSED[want])) return await this.#ask(other, path, signal)
    try {
      return await this.#ask(want, path, signal)
    } catch (error) {
      if (!isRefusal(error) || isMissing(error) || learned.has(REFUSED[other])) throw error
      const found = await this.#ask(other, path, signal).catch((second: unknown) => {
        if (isMissing(second)) learned.learn(REFUSED[want]) // an answer as well
        throw isRefusal(second) && !isMissing(second) ? error : second
      })
      learned.learn(REFUSED[want])
      return found
    }
  }

  async #ask(by: Word, path: string, signal: AbortSignal | undefined): Promise<Looked> {
    const stats = await this.#requests.ask({ kind: 'attributes', name: by, path, signal }, (sftp, answer) =>
      by === 'STAT' ? sftp.stat(path, answer) : sftp.lstat(path, answer),
    )
    return { by, stats }
  }

  /** STAT follows links: where it is used in place of LSTAT, READLINK shows whether there is one. */
  async #linkTarget({ by, stats }: Looked, path: string, signal?: AbortSignal): Promise<string | undefined> {
    return by === 'STAT' || typeOf(stats) === 'link' ? await this.#requests.target(path, signal) : undefined
  }

  /** STAT finds nothing behind a link that leads nowhere. */
  async #danglingTarget(path: string, signal?: AbortSignal): Promise<string | undefined> {
    return this.#requests.learned.has('lstat-refused') ? await this.#requests.target(path, signal) : undefined
  }

  async #typeByOpening(path: string, { size }: Stats, signal?: AbortSignal): Promise<EntryType | undefined> {
    if (await this.#canBeOpened(path, signal)) return 'directory'
    return size === undefined ? undefined : 'file'
  }

  async #canBeOpened(path: string, signal?: AbortSignal): Promise<boolean> {
    try {
      this.#requests.leave(await this.#requests.openDirectory(path, signal), path)
      return true
    } catch (error) {
      if (isRefusal(error)) return false
      throw error
    }
  }
}

/** The server has answered a request with a status other than OK. */
function isRefusal(error: unknown): boolean {
  return error instanceof TransferError && error.cause instanceof SftpStatus && error.code !== 'session-lost'
}

/** Returns whether the server reported that the path does not exist. */
function isMissing(error: unknown): boolean {
  return error instanceof TransferError && (error.code === 'not-found' || error.code === 'not-directory')
}
