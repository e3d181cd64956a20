import { randomBytes } from 'node:crypto'
import { TransferError } from '../../../errors.js'
import { DataChannel } from '../../../ftp/data/data-connection.js'
import { FtpSession } from '../../../ftp/session.js'
import { fromNetwork } from '../../../ftp/transfer/ascii.js'
import { DownloadSource } from '../../../ftp/transfer/download.js'
import { begin } from '../../../ftp/transfer/transfer.js'
import { printable } from '../../../printable.js'
import { slabOf } from '../../../slab.js'
import { isReceipt } from '../../../store.js'
import type { Endpoint } from '../../../transport/endpoint.js'
import type { Route } from '../../../transport/route.js'
import { collect } from '../../streams/streams.js'
import type { Journal } from '../report/journal.js'

/** One way to open a data connection. */
export type Way = 'EPSV' | 'PASV' | 'active'

/** What went over a data connection. */
export interface Passed {
  readonly sentence: string
  readonly sessionReused?: boolean
}

/** Bytes that go there and back. */
const SAMPLE = 1024

/** Opens data connections of the same session in this mode only; `dialled` is called with each data port that is tried. */
export function sessionBy(
  way: Way,
  { parts }: FtpSession,
  { route, journal, dialled }: { route: Route; journal: Journal; dialled: (to: Endpoint) => void },
): FtpSession {
  const passive = way !== 'active'
  const data = new DataChannel({
    control: parts.control,
    limits: parts.limits,
    observe: parts.observe,
    route: passive ? onlyBy(way, route, { journal, dialled }) : route,
    // Which of the two passive ways comes first depends on whether a proxy stands between.
    options: { ...parts.data.options, mode: passive ? 'passive' : 'active', throughProxy: way === 'PASV' },
  })
  return new FtpSession({ ...parts, data })
}

/** A route that does not dial where the other passive way leads to, so that the first one's failure stands. */
function onlyBy(
  way: Way,
  route: Route,
  { journal, dialled }: { readonly journal: Journal; readonly dialled: (to: Endpoint) => void },
): Route {
  return {
    describe: route.describe,
    async dial(to, options) {
      if (journal.lastPassive !== way)
        throw new TransferError('unreachable', `Only ${way} is tried here.`, { phase: 'data' })
      dialled(to)
      return await route.dial(to, options)
    },
  }
}

/** Where data is tried. */
export interface Place {
  readonly directory: string
  readonly signal?: AbortSignal
  /** Whether a command has gone out. */
  readonly wasSent: (command: string) => boolean
  /** Told of a file of ours that could not be removed on this session. */
  readonly leftBehind: (path: string) => void
}

/** The raw listing of the directory, which any user may read; what is in it is thrown away. */
export async function listed(session: FtpSession, { directory, signal }: Place): Promise<Passed> {
  return await session.exclusive(
    async (commands) => {
      try {
        await commands.changeTo(directory, { signal })
        return await drained(session, directory, signal)
      } catch (error) {
        // Some servers refuse to list an empty directory; the data connection stood by then.
        if (isEmptyDirectory(error)) return { sentence: 'the directory is empty' }
        await giveUpIfBusy(session)
        throw error
      }
    },
    { signal },
  )
}

/** A server that waits for its data connection answers nothing else for a minute; a new session is there sooner. */
async function giveUpIfBusy(session: FtpSession): Promise<void> {
  if (session.parts.control.inFlight > 0) await session.close()
}

async function drained({ parts }: FtpSession, directory: string, signal?: AbortSignal): Promise<Passed> {
  const running = await begin(parts, { command: 'LIST', path: directory, signal })
  const source = new DownloadSource(running, { filter: fromNetwork(), signal, done: () => {} })
  for (;;) {
    const next = await source.next()
    if (isReceipt(next)) return { sentence: 'the directory was listed', sessionReused: next.sessionReused }
    next.release()
  }
}

function isEmptyDirectory(error: unknown): boolean {
  if (!(error instanceof TransferError) || error.command !== 'LIST') return false
  return error.reply?.code === 450 || error.reply?.code === 550
}

/** Writes 1 KiB, reads it back, compares and removes it. */
export async function thereAndBack(session: FtpSession, place: Place): Promise<Passed> {
  return await withSample(session, place, async ({ path, content, sessionReused }) => {
    const got = await collect(await session.read(path, { signal: place.signal }))
    if (got.equals(content)) return { sentence: '1 KiB went there and back', sessionReused }
    const text = `1 KiB was sent, and the ${got.length} bytes that came back are not the same.`
    throw new TransferError('mismatch', text, { phase: 'verify', path })
  })
}

/** A file of ours on the server. */
export interface Sample {
  readonly path: string
  readonly content: Buffer
  readonly sessionReused?: boolean
}

/** Runs something about a file of 1 KiB that is there for that long only. */
export async function withSample<T>(
  session: FtpSession,
  { directory, signal, wasSent, leftBehind }: Place,
  work: (sample: Sample) => Promise<T>,
): Promise<T> {
  const path = `${directory.replace(/\/$/, '')}/.sallyport-doctor-${randomBytes(6).toString('hex')}`
  const content = randomBytes(SAMPLE)
  try {
    const sink = await session.write(path, { signal })
    await sink.write(slabOf([content]))
    const { sessionReused } = await sink.finish()
    return await work({ path, content, sessionReused })
  } catch (error) {
    await giveUpIfBusy(session)
    throw error
  } finally {
    if (wasSent(`STOR ${path}`)) {
      await session.remove(path).catch((error: unknown) => {
        if (!(error instanceof TransferError && error.code === 'not-found')) leftBehind(path)
      })
    }
  }
}

/** Whether it was the file that was refused, so that the data connection itself may be fine. */
export function isAboutFile(error: unknown): error is TransferError {
  if (!(error instanceof TransferError) || !error.command?.startsWith('STOR ')) return false
  return ['permission-denied', 'refused', 'exists', 'not-found', 'not-supported', 'disk-full'].includes(error.code)
}

/** Returns the server's reply to a passive command that it does not support. */
export function refusalOf(way: Way, journal: Journal): TransferError | undefined {
  const reply = way === 'active' ? undefined : journal.answerTo(way)
  if (!reply || reply.code < 400) return undefined
  const code = [500, 501, 502, 504].includes(reply.code) ? 'not-supported' : 'refused'
  const text = `The server refused ${way}: ${reply.code} ${printable(reply.text, 200)}`
  return new TransferError(code, text, { phase: 'data', command: way, reply })
}
