import { asTransferError, TransferError } from '../../../errors.js'
import type { FtpSession } from '../../../ftp/session.js'
import { hasher } from '../../../hash.js'
import { printable } from '../../../printable.js'
import type { HashName } from '../../../store.js'
import { type Endpoint, hostPort } from '../../../transport/endpoint.js'
import { type FtpProtocol, ftp } from '../../protocol/ftp.js'
import type { Connection } from '../../remote/connection.js'
import type { Journal } from '../report/journal.js'
import { type Finding, fine, type StepName, type Steps, wrong } from '../report/steps.js'
import {
  isAboutFile,
  listed,
  type Passed,
  type Place,
  refusalOf,
  sessionBy,
  thereAndBack,
  type Way,
  withSample,
} from './ways.js'

export interface DataOptions {
  readonly connection: Connection
  readonly protocol: FtpProtocol
  readonly journal: Journal
  /** Try with a file of 1 KiB, not only with a listing. */
  readonly write: boolean
  readonly signal?: AbortSignal
}

const STEPS = { EPSV: 'epsv', PASV: 'pasv', active: 'active' } as const

/** Everything that needs a login and a directory: the ways of data connections, each by itself, and the checksums. */
export class DataCheck {
  /** The passive ports that the server named. */
  readonly ports = new Set<number>()
  /** Whether data connections resumed the control connection's TLS session. */
  sessionReused: boolean | undefined
  /** Why the directory cannot be written to. */
  refusal: TransferError | undefined
  readonly checksums: HashName[] = []
  readonly #options: DataOptions
  readonly #left = new Set<string>()
  #directory = '/'

  constructor(options: DataOptions) {
    this.#options = options
  }

  /** Goes to the directory of the URL. */
  async enter(): Promise<void> {
    const { connection, signal } = this.#options
    this.#directory = await connection.directory(signal)
    await connection.onSession(signal, (store) => connection.protocol.enter(store, this.#directory, { signal }))
  }

  /** Tries one way by itself, without falling back to another. */
  async try(way: Way, steps: Steps): Promise<void> {
    const name = STEPS[way]
    await steps.take(name, 'warn', async () => this.#impossible(way) ?? (await this.#tried(way)))
  }

  /** As it was asked for. It is not tried again when every way it could go has just failed. */
  async asAsked(steps: Steps): Promise<void> {
    const { protocol } = this.#options
    const { mode } = protocol.target.data
    const ways: readonly StepName[] = { passive: PASSIVE, active: ACTIVE, auto: [...PASSIVE, ...ACTIVE] }[mode]
    await steps.take('data', 'fail', async () => {
      const tried = steps.made.filter(({ name }) => ways.includes(name))
      const error = tried.find((step) => step.error !== undefined)?.error
      if (error && !tried.some(({ outcome }) => outcome === 'ok')) return wrong('fail', error)
      const { sentence } = await this.#pass((session) => session)
      const writable = this.refusal ? `; nothing can be written: ${this.refusal.message}` : '.'
      const finding = fine(`In ${mode} mode as asked, ${sentence}${this.#reuse()}${writable}`)
      return this.refusal ? { ...finding, outcome: 'warn', error: this.refusal } : finding
    })
  }

  /** The checksums that the server makes, each compared with ours where a file can be written. */
  async verify(steps: Steps): Promise<void> {
    const { connection, signal, write } = this.#options
    const offered = connection.latest?.can.checksums ?? []
    if (offered.length === 0) return steps.add('verification', 0, fine('No checksums; sizes can be compared.'))
    if (!write || this.refusal)
      return steps.skip(
        ['verification'],
        `Announced: ${offered.join(', ')}. They are tried only where a file can be written.`,
      )
    await steps.take('verification', 'warn', () =>
      connection.onSession(signal, (store) =>
        withSample(ftp(store), this.#place, ({ path, content }) => this.#compared(ftp(store), path, content)),
      ),
    )
  }

  /** Removes what could not be removed when it was its time. Never throws. */
  async tidy(): Promise<void> {
    const { connection } = this.#options
    for (const path of this.#left)
      await connection.onSession(undefined, (session) => session.remove(path)).catch(() => {})
  }

  get #place(): Place {
    const { signal, journal } = this.#options
    return {
      directory: this.#directory,
      signal,
      wasSent: (command) => journal.first('command', ({ text }) => text === command) !== undefined,
      leftBehind: (path) => void this.#left.add(path),
    }
  }

  /** Why a way need not be tried. */
  #impossible(way: Way): Finding | undefined {
    const { connection, protocol } = this.#options
    const { route } = protocol.target
    const peer = connection.latest ? ftp(connection.latest).parts.control.wire.peer.host : ''
    if (way === 'PASV' && peer.includes(':')) return skipped('PASV cannot carry an IPv6 address.')
    if (way === 'active' && !route.listen) return skipped(`Nobody can listen at ${route.describe}.`)
    return undefined
  }

  async #tried(way: Way): Promise<Finding> {
    const { protocol, journal } = this.#options
    const tried: Endpoint[] = []
    const dialled = (to: Endpoint): void => {
      tried.push(to)
      this.ports.add(to.port)
    }
    const { route } = protocol.target
    const { sentence } = await this.#pass((session) => sessionBy(way, session, { route, journal, dialled })).catch(
      (error: unknown) => {
        throw tried.length === 0 ? (refusalOf(way, journal) ?? error) : error
      },
    )
    const [to] = tried
    return fine(`${to ? `${hostPort(to)} answers` : 'The server connected to us'}; ${sentence}.`)
  }

  /** 1 KiB there and back; a listing where nothing may be written. */
  async #pass(view: (session: FtpSession) => FtpSession): Promise<Passed> {
    const { connection, signal, write } = this.#options
    if (write && !this.refusal) {
      try {
        return this.#passed(await connection.onSession(signal, (store) => thereAndBack(view(ftp(store)), this.#place)))
      } catch (error) {
        if (!isAboutFile(error)) throw error
        this.refusal = error
      }
    }
    return this.#passed(await connection.onSession(signal, (store) => listed(view(ftp(store)), this.#place)))
  }

  #passed(passed: Passed): Passed {
    this.sessionReused = passed.sessionReused ?? this.sessionReused
    return passed
  }

  #reuse(): string {
    if (this.sessionReused === undefined) return ''
    return this.sessionReused ? ', TLS session resumed' : ', TLS session not resumed'
  }

  async #compared(session: FtpSession, path: string, content: Buffer): Promise<Finding> {
    const { known } = session.parts.commands.features
    const faults: string[] = []
    for (const algorithm of session.can.checksums) {
      const error = await checksumError(session, path, { algorithm, content })
      if (!error) this.checksums.push(algorithm)
      // A server that announced nothing owes nothing.
      else if (known || error.code !== 'not-supported')
        faults.push(`${algorithm} does not: ${printable(error.message, 120)}`)
    }
    const works =
      this.checksums.length > 0 ? `${this.checksums.join(', ')} work` : 'No checksums; sizes can be compared'
    return { outcome: faults.length > 0 ? 'warn' : 'ok', sentence: `${[works, ...faults].join('; ')}.` }
  }
}

const PASSIVE: readonly StepName[] = ['epsv', 'pasv']
const ACTIVE: readonly StepName[] = ['active']

/** What is wrong with a checksum that the server makes. */
async function checksumError(
  session: FtpSession,
  path: string,
  { algorithm, content }: { algorithm: HashName; content: Uint8Array },
): Promise<TransferError | undefined> {
  const hash = hasher(algorithm)
  hash.update(content)
  try {
    if ((await session.checksum(path, algorithm)) === hash.hex()) return undefined
    return new TransferError('mismatch', 'it is wrong', { phase: 'verify', path })
  } catch (error) {
    return asTransferError(error, { code: 'protocol', phase: 'verify' })
  }
}

function skipped(sentence: string): Finding {
  return { outcome: 'skipped', sentence }
}
