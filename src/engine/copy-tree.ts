import { asTransferError, type Failure, type TransferError } from '../errors.js'
import { join, parent } from '../path.js'
import type { Entry, Receipt, Store } from '../store.js'
import { type CopyOptions, type CopyResult, copy } from './copy-file.js'
import { systemClock } from './flow/clock.js'
import { RateLimiter } from './flow/progress.js'
import type { Pace } from './flow/rate-limit.js'
import { RetryBudget, retrying } from './flow/retry.js'
import { Borrowed, type Place } from './pool/leased-store.js'
import { incomplete } from './tree/incomplete-error.js'
import { TargetTree } from './tree/target-tree.js'
import { type Walked, walk } from './tree/walk.js'

export interface TreeResult {
  readonly files: number
  /** Directories below the copied one. */
  readonly directories: number
  readonly bytes: number
  /** Always 0; the byte that each file was resumed from is in its events. */
  readonly from: number
  readonly elapsedMs: number
  /** The weakest of all files; 'unproven' when there was none. */
  readonly integrity: Receipt['integrity']
  /** Retries, over all files. */
  readonly retries: number
  /** Files whose final reply was lost, and how a new session found every byte of them. In the order of the walk. */
  readonly confirmed: readonly { readonly path: string; readonly by: string }[]
  /** Entries that are neither file nor directory and were not copied: links, devices. */
  readonly skipped: readonly { readonly path: string; readonly reason: string }[]
}

export interface TreeWork {
  readonly from: Place
  /** The directory that receives the content of `from`; created if necessary. */
  readonly to: Place
  /** Options for every file; `sidecar` and `range` cannot be shared and are left out. */
  readonly options?: Omit<CopyOptions, 'sidecar' | 'range'>
  /** Sessions to use; defaults to 1. */
  readonly parallel?: number
}

/**
 * Copies everything below a directory. Links are neither followed nor created. Goes on after a file that failed and rejects with
 * `incomplete` and all failures at the end, in the order of the walk; stops at once when no further file could succeed, or when the
 * signal fires.
 */
export async function copyTree(work: TreeWork): Promise<TreeResult> {
  const { parallel = 1, options = {} } = work
  const retry = { budget: new RetryBudget(), ...options.retry }
  const next = (): 'write' | undefined => (tree.hasMore ? 'write' : undefined)
  const tree = new Tree({ ...work, options: { ...options, retry, rateLimit: sharedLimit(options), next } })
  await tree.makeRoot()
  const jobs = tree.jobs()
  const stopped = await inParallel(FILES_PER_SESSION * Math.max(1, parallel), async () => {
    for (let next = await jobs.next(); !next.done; next = await jobs.next()) await tree.copyFile(next.value)
  })
  if (stopped && (stopped.code === 'aborted' || !tree.gaveUp)) throw stopped
  return tree.result(stopped)
}

/** Concurrent files per session: while one ends, the next is opened on the local side, and requested from the remote one where possible. */
const FILES_PER_SESSION = 2

/** Returns one limiter for all files, so that the limit holds for the tree. */
function sharedLimit({ rateLimit, clock }: CopyOptions): Pace | undefined {
  return typeof rateLimit === 'number' ? new RateLimiter(rateLimit, clock) : rateLimit
}

/** Runs the worker `count` times concurrently. Resolves with the first error, once all have ended. */
async function inParallel(count: number, worker: () => Promise<void>): Promise<TransferError | undefined> {
  let first: TransferError | undefined
  const guarded = async (): Promise<void> => {
    try {
      await worker()
    } catch (error) {
      first ??= asTransferError(error, { code: 'local', phase: 'transfer' })
    }
  }
  await Promise.all(Array.from({ length: count }, guarded))
  return first
}

/** Errors after which every other file would fail the same way. */
const FATAL: ReadonlySet<string> = new Set(['aborted', 'closed', 'login-refused', 'proxy-refused', 'unreachable'])

/** From the weakest to the strongest. */
const PROOF: readonly Receipt['integrity'][] = ['unproven', 'sized', 'hashed']

interface Numbered extends Walked {
  /** Its index in the walk, from 0. */
  readonly at: number
}

class Tree {
  readonly #work: TreeWork
  /** By index in the walk: files end in another order than they begin. */
  readonly #failures = new Map<number, Failure>()
  readonly #confirmed = new Map<number, { readonly path: string; readonly by: string }>()
  readonly #skipped: { path: string; reason: string }[] = []
  readonly #unmade = new Set<string>()
  readonly #target: TargetTree
  readonly #began: number
  readonly #sum = { files: 0, directories: 0, bytes: 0, retries: 0 }
  #weakest: Receipt['integrity'] | undefined
  #stopped = false
  #walked = false

  constructor(work: TreeWork) {
    this.#work = work
    const { to, options } = work
    this.#target = new TargetTree({
      root: to.path,
      near: (options?.direction ?? 'download') === 'download',
      signal: options?.signal,
      leased: (run) => this.#leased(to, run),
    })
    this.#began = this.#now()
  }

  /** Whether a file failed in a way that every other would. */
  get gaveUp(): boolean {
    return this.#stopped
  }

  /** Whether there may be files that are not started yet. */
  get hasMore(): boolean {
    return !this.#walked && !this.#stopped
  }

  async makeRoot(): Promise<void> {
    await this.#target.makeRoot()
  }

  /** Yields the files to copy; the directory of each exists by then. */
  async *jobs(): AsyncGenerator<Numbered, void, undefined> {
    const { from, options } = this.#work
    const { signal, observe, direction = 'download' } = options ?? {}
    const lister = { list: (dir: string) => this.#list(dir) }
    let at = 0
    for await (const found of walk(lister, from.path, { signal, observe, forLocal: direction === 'download' })) {
      if (this.#stopped) return
      const item = { ...found, at: at++ }
      if (item.error) this.#fail(item, item.error)
      else if (this.#unmade.has(parent(item.relative))) this.#unmade.add(item.relative)
      else if (item.entry.type === 'directory') await this.#makeDir(item)
      else if (item.entry.type === 'file') yield item
      else this.#skipped.push({ path: item.path, reason: skipReason(item.entry) })
    }
    this.#walked = true
  }

  async copyFile(file: Numbered): Promise<void> {
    const { path, relative, entry, siblings } = file
    const { from, to, options } = this.#work
    try {
      const there = await this.#target.there(relative, siblings)
      const source: Place = { ...wayTo(from, entry), path, entry }
      const target: Place = { ...wayTo(to), path: join(to.path, relative), entry: there }
      this.#note(file, await copy({ from: source, to: target, options }))
    } catch (error) {
      this.#fail(file, error)
    }
  }

  #note({ path, at }: Numbered, { bytes, retries, integrity, confirmedBy }: CopyResult): void {
    if (confirmedBy) this.#confirmed.set(at, { path, by: confirmedBy })
    this.#sum.files++
    this.#sum.bytes += bytes
    this.#sum.retries += retries
    if (!this.#weakest || PROOF.indexOf(integrity) < PROOF.indexOf(this.#weakest)) this.#weakest = integrity
  }

  /** Returns the counts; throws when something failed. */
  result(stopped: TransferError | undefined): TreeResult {
    const { files, bytes } = this.#sum
    if (stopped || this.#failures.size > 0) {
      const early = stopped ? `, and it stopped early: ${stopped.message}` : ''
      const left = this.#skipped.length > 0 ? `, ${this.#skipped.length} links and special files were left out` : ''
      throw incomplete(`${files} files (${bytes} bytes) were copied${left}${early}`, inOrder(this.#failures), stopped)
    }
    return {
      ...this.#sum,
      from: 0,
      elapsedMs: this.#now() - this.#began,
      integrity: this.#weakest ?? 'unproven',
      confirmed: inOrder(this.#confirmed),
      skipped: this.#skipped,
    }
  }

  #now(): number {
    return (this.#work.options?.clock ?? systemClock).now()
  }

  /** Records the failure of one file; throws one that ends the whole copy. */
  #fail({ path, at }: Numbered, thrown: unknown): void {
    const error = asTransferError(thrown, { code: 'local', phase: 'transfer', path })
    if (error.code !== 'aborted') this.#failures.set(at, { path, error })
    if (!FATAL.has(error.code)) return
    this.#stopped = true
    throw error
  }

  async #makeDir(dir: Numbered): Promise<void> {
    const { relative } = dir
    try {
      await this.#target.make(relative)
      this.#sum.directories++
    } catch (error) {
      this.#unmade.add(relative)
      this.#fail(dir, error)
    }
  }

  /** Lists one directory completely under a lease of its own, so that its files can be transferred over the same session. */
  async *#list(dir: string): AsyncGenerator<Entry> {
    const { from, options } = this.#work
    yield* await this.#leased(from, async (store) => {
      const entries: Entry[] = []
      for await (const entry of store.list(dir, { signal: options?.signal })) entries.push(entry)
      return entries
    })
  }

  async #leased<T>(place: Place, work: (store: Store) => Promise<T>): Promise<T> {
    const { signal, clock, retry } = this.#work.options ?? {}
    const borrowed = new Borrowed(place, signal)
    try {
      const once = async (): Promise<T> => await work(await borrowed.store())
      const onRetry = (error: TransferError): void => {
        if (error.crowded) borrowed.crowded()
        borrowed.release()
      }
      return await retrying(once, { clock, ...retry, signal, onRetry })
    } finally {
      borrowed.release()
    }
  }
}

/** Returns a place for another path of the same store. */
function wayTo(place: Place, only?: Entry): Pick<Place, 'lease' | 'supply' | 'learned'> {
  return {
    supply: place.supply,
    learned: place.learned,
    lease: (signal, _, beside) => place.lease(signal, only, beside),
  }
}

function inOrder<T>(byPlace: ReadonlyMap<number, T>): T[] {
  return [...byPlace].sort(([one], [other]) => one - other).map(([, value]) => value)
}

function skipReason({ type, target }: Entry): string {
  return type === 'link' ? `a link${target === undefined ? '' : ` to '${target}'`}` : 'neither a file nor a directory'
}
