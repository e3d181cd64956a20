import { badArgument } from '../../errors.js'
import { type Direction, type Observer, quietObserver } from '../../events.js'
import { bounds } from '../../range.js'
import type { Entry, Lossy, Range, Store } from '../../store.js'
import { type Clock, systemClock } from '../flow/clock.js'
import { Meter, RateLimiter } from '../flow/progress.js'
import type { Pace } from '../flow/rate-limit.js'
import type { RetryOptions } from '../flow/retry.js'
import { type Tap, type Verify, type VerifyPlan, verifyPlan } from '../flow/verify.js'
import { Borrowed, type Place, type StreamSink, type StreamSource } from '../pool/leased-store.js'
import type { NamingLearned } from '../pool/naming-facts.js'
import { partialPath, type Sidecar, shortPartialPath } from './resume-record.js'

export interface CopyOptions {
  /** Which side is local: 'download' (default) the target, 'upload' the source, 'copy' neither. */
  readonly direction?: Direction
  /** What happens to an existing target: replaced by rename (default), removed first, or kept, with `exists`. */
  readonly overwrite?: 'rename' | 'delete-first' | 'never'
  /** 'sibling' (default): written beside the target under a temporary name, verified, renamed. 'none': written in place. */
  readonly temporary?: 'sibling' | 'none'
  /** Keeps the partial file on failure, and continues one that an earlier call left. */
  readonly resume?: boolean
  /** Where the record of the partial file is kept. A download defaults to beside its temporary file; without one an upload is resumed only within its own call. */
  readonly sidecar?: { readonly store: Store; readonly path: string }
  /** Appends to the target, in place. */
  readonly append?: boolean
  /** Sessions that download one file together, each a part; defaults to 1. Only for downloads, and only for large files. */
  readonly segments?: number
  /** Only these bytes of the source. */
  readonly range?: Range
  /** The store converts line ends: no size is compared, nothing verified, nothing resumed. */
  readonly text?: boolean
  readonly durable?: boolean
  readonly verify?: Verify
  /** Bytes per second, or limits that several transfers share. */
  readonly rateLimit?: number | Pace
  readonly retry?: RetryOptions
  /** Returns what the target's store does next, as far as is known when this file is complete: write another. */
  readonly next?: () => 'write' | undefined
  readonly signal?: AbortSignal
  readonly observe?: Observer
  readonly clock?: Clock
}

/** A file stored under `partial`, every byte of it confirmed by both sides. */
export interface Arrived {
  readonly size: number
  readonly start: number
  /** Whether the number of bytes is confirmed, not only their end. */
  readonly sized: boolean
  /** Absent for a file downloaded in parts. */
  readonly tap?: Tap
  /** The final reply was lost, and a stat found every byte. */
  readonly unconfirmed: boolean
  readonly sessionReused: boolean | undefined
}

/** One file to copy, with the state of the call. */
export interface Job {
  readonly options: CopyOptions
  readonly direction: Direction
  readonly plan: VerifyPlan | undefined
  readonly range: { readonly from: number; readonly to: number } | undefined
  readonly source: Borrowed | StreamSource
  readonly target: Borrowed | StreamSink
  /** The paths in events and errors. */
  readonly label: { readonly from: string; readonly to: string }
  /** Where the bytes are written: the temporary name, or the target itself. '' for a stream. */
  partial: string
  /** What is random in the temporary name. */
  readonly mark: string
  /** What is known of the names that the target's server takes. */
  readonly learned: NamingLearned | undefined
  /** Where the whole file is while it is transferred again in place, because it could not be renamed. */
  parked: string | undefined
  /** There was a file under the final name before. */
  replaces: boolean
  readonly meter: Meter
  readonly pace: Pace | undefined
  readonly clock: Clock
  readonly observe: Observer
  /** What an earlier attempt left; with resume also what an earlier call left. */
  record: (() => Sidecar) | undefined
  /** This call has created or written `partial`. */
  touched: boolean
  /** The stream was read, or bytes were appended: it cannot be retried. */
  spent: boolean
  /** The source supports no parts: it is downloaded in one stream. */
  whole: boolean
  /** Everything was transferred: it is not sent again. */
  arrived: Arrived | undefined
  /** A rename was sent, and its reply may be lost: the file may have its final name. */
  renaming: boolean
  /** `partial` is the whole file. */
  complete: boolean
  /** Where the first attempt that counts began. */
  from: number
  /** Attempts after the first one. */
  retries: number
  /** Of the try that is running, where the other end may be waited for at leisure. */
  lost: { readonly source?: Loss; readonly target?: Loss }
}

/** Tells of the session of one end while the other end is waited for. */
export interface Loss extends Required<Lossy> {
  /** Fires when the session is lost, with the error as its reason. */
  readonly signal: AbortSignal
}

/** What is told of each end for one try: the loss of one matters while the other is a server, or a stream of the caller's. */
export function lossesOf({ source, target }: Pick<Job, 'source' | 'target'>): Job['lost'] {
  return {
    ...(source instanceof Borrowed && isSlow(target) && { source: newLoss() }),
    ...(target instanceof Borrowed && isSlow(source) && { target: newLoss() }),
  }
}

/** Whether it may take its time. The local disk has no supply of sessions. */
function isSlow(end: Job['source'] | Job['target']): boolean {
  return !(end instanceof Borrowed) || end.place.supply !== undefined
}

function newLoss(): Loss {
  const loss = new AbortController()
  return { signal: loss.signal, onLost: (error) => loss.abort(error) }
}

export function newJob(from: Place | StreamSource, to: Place | StreamSink, options: CopyOptions): Job {
  checkOptions(options)
  const { signal, rateLimit, direction = 'download', clock = systemClock } = options
  const path = { from: 'path' in from ? from.path : '', to: 'path' in to ? to.path : '' }
  const label = { from: path.from || path.to, to: path.to || path.from }
  const source = 'lease' in from ? new Borrowed(from, signal) : from
  const target = 'lease' in to ? new Borrowed(to, signal) : to
  const learned = 'lease' in to ? to.learned : undefined
  const mark = randomMark()
  if (source instanceof Borrowed && target instanceof Borrowed) source.join(target)
  return {
    options,
    direction,
    plan: planFor(options),
    range: options.range && bounds(options.range),
    source,
    target,
    label,
    partial: partialFor(path.to, options, { learned, mark }),
    mark,
    learned,
    parked: undefined,
    replaces: false,
    meter: new Meter({ direction, path: label.from, observe: options.observe, clock }),
    pace: typeof rateLimit === 'number' ? new RateLimiter(rateLimit, clock) : rateLimit,
    clock,
    observe: quietObserver(options.observe),
    record: undefined,
    touched: false,
    spent: false,
    whole: false,
    arrived: undefined,
    renaming: false,
    complete: false,
    from: Number.POSITIVE_INFINITY,
    retries: 0,
    lost: {},
  }
}

/** Throws `bad-argument` for options that exclude each other. */
export function checkOptions(options: CopyOptions): void {
  const { resume, append, range, text } = options
  checkSegments(options)
  if (!resume) return
  if (text) throw badArgument('A text transfer cannot be resumed.', "Use type: 'binary', or leave resume out.")
  if (append)
    throw badArgument('resume and append exclude each other: appending again would duplicate what was written.')
  if (range) throw badArgument('resume and a range exclude each other.', 'Leave one of them out.')
}

function checkSegments({ segments = 1, direction = 'download', text, append, temporary }: CopyOptions): void {
  if (segments < 2) return
  if (direction !== 'download')
    throw badArgument(
      `segments is ${segments}, but only a download can be split: servers cannot be relied on to accept parts written concurrently.`,
      'Leave segments out.',
    )
  if (text)
    throw badArgument('A text transfer cannot be downloaded in parts.', "Use type: 'binary', or leave segments out.")
  if (append) throw badArgument('segments and append exclude each other.', 'Leave one of them out.')
  if (temporary === 'none')
    throw badArgument(
      "segments and temporary: 'none' exclude each other: a file that is downloaded in parts has holes until it is complete.",
      'Leave one of them out.',
    )
}

function planFor({ verify, text, append, range }: CopyOptions): VerifyPlan | undefined {
  return text || append || range ? undefined : verifyPlan(verify)
}

function partialFor(path: string, options: CopyOptions, { learned, mark }: Pick<Job, 'learned' | 'mark'>): string {
  const { temporary = 'sibling', append, resume } = options
  if (path === '' || temporary === 'none' || append) return path
  if (learned?.has('rename-refused') || learned?.has('temporary-names-refused')) return path
  const name = learned?.has('hidden-names-refused') ? shortPartialPath : partialPath
  return name(path, resume ? undefined : mark)
}

/** Returns eight hex digits. They keep calls apart and need not be secret: a temporary file is created only where none exists. */
function randomMark(): string {
  return Math.floor(Math.random() * 2 ** 32)
    .toString(16)
    .padStart(8, '0')
}

/** Returns whether the bytes are first written under a temporary name. */
export function isTemporary(job: Job): boolean {
  return job.target instanceof Borrowed && job.partial !== job.target.path
}

/** Returns whether a partial file of this job can be continued. */
export function canContinue({ options, source, target }: Job): boolean {
  const { text, append, range } = options
  return source instanceof Borrowed && target instanceof Borrowed && !text && !append && !range
}

/** Returns the size that the whole file will have, when it is known and can be compared. */
export function expectedSize(job: Job, entry: Entry | undefined): number | undefined {
  if (job.options.text) return undefined
  const size = job.source instanceof Borrowed ? entry?.size : job.source.size
  if (size === undefined || !job.range) return size
  return Math.max(0, Math.min(size, job.range.to) - job.range.from)
}
