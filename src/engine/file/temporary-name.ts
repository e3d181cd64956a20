import { TransferError } from '../../errors.js'
import { Borrowed } from '../pool/leased-store.js'
import { isTemporary, type Job } from './job.js'
import { shortPartialPath } from './resume-record.js'

/** The codes of replies that can be about a name, or about renaming. */
const REFUSED: ReadonlySet<string> = new Set(['permission-denied', 'refused', 'not-supported', 'exists', 'unsafe-name'])

/** Returns whether the server refused, in a way that another name may avoid. */
function isRefused(error: unknown): error is TransferError {
  return error instanceof TransferError && error.reply !== undefined && !error.retryable && REFUSED.has(error.code)
}

/**
 * Opens the file under the name of the job; where that name is refused before a byte was sent, under a short one without a leading
 * dot, and then in place, with a warning. Rejects with the last refusal.
 */
export async function underSomeName<T>(job: Job, open: () => Promise<T>): Promise<T> {
  const first = job.partial
  for (;;) {
    const { touched } = job
    try {
      const opened = await open()
      if (job.partial !== first) learnName(job)
      return opened
    } catch (error) {
      if (touched || !isRefused(error) || !changeName(job)) throw error
      job.touched = false
    }
  }
}

/** Takes the next name to try. Returns false when there is none. */
function changeName(job: Job): boolean {
  const { target, partial } = job
  if (!(target instanceof Borrowed) || !isTemporary(job)) return false
  const short = shortPartialPath(target.path, job.options.resume ? undefined : job.mark)
  job.partial = partial === short ? target.path : short
  return true
}

function learnName(job: Job): void {
  const { learned } = job
  if (isTemporary(job)) return learned?.learn('hidden-names-refused')
  const isNews = !learned?.has('temporary-names-refused')
  learned?.learn('temporary-names-refused')
  if (isNews) warnInPlace(job, 'The server refuses the names of temporary files')
}

/**
 * Prepares the job for a transfer in place after its rename was refused. Returns false where that would not help, or where the bytes
 * cannot be read again. The whole file keeps its temporary name until the one in place is complete.
 */
export function goInPlace(job: Job, error: unknown): boolean {
  const { source, target, learned } = job
  const isRepeatable = source instanceof Borrowed || source.repeatable === true
  if (!isRepeatable || !(target instanceof Borrowed) || job.direction === 'download') return false
  if (!isTemporary(job) || !isRefused(error) || error.code === 'exists') return false
  const isGeneral = error.code === 'not-supported' || error.command?.startsWith('RNFR') === true || !job.replaces
  const isNews = !learned?.has('rename-refused')
  if (isGeneral) learned?.learn('rename-refused')
  if (isNews) warnInPlace(job, 'The server refuses to rename')
  Object.assign(job, {
    parked: job.partial,
    partial: target.path,
    touched: false,
    spent: false,
    arrived: undefined,
    record: undefined,
  })
  return true
}

function warnInPlace(job: Job, reason: string): void {
  const advice = "`temporary: 'none'` does so from the start."
  const message = `${job.label.to}: ${reason}; it is written in place, and is incomplete if the transfer fails. ${advice}`
  job.observe({ type: 'warning', code: 'in-place', message })
}

/** Removes the whole file under its temporary name, once the one in place is complete. */
export async function dropParked(job: Job): Promise<void> {
  const { parked, target } = job
  if (parked === undefined || !(target instanceof Borrowed)) return
  job.parked = undefined
  try {
    await (await target.store()).remove(parked, { signal: job.options.signal })
  } catch {
    const message = `The temporary file '${parked}' could not be removed.`
    job.observe({ type: 'warning', code: 'temporary-left', message })
  }
}

/** Resolves with a sentence about the whole file that has not got its final name, after a look at it. */
export async function whereWhole(job: Job): Promise<string> {
  const { target } = job
  const name = job.parked ?? job.partial
  const kind = job.parked !== undefined || isTemporary(job) ? 'under its temporary name' : 'stored as'
  const store = target instanceof Borrowed ? target.live : undefined
  const unseen = `The whole file was stored ${kind.replace('stored ', '')} '${name}', which could not be checked.`
  if (!store) return unseen
  try {
    const entry = await store.stat(name)
    return entry ? `The whole file is ${kind} '${name}'.` : `The server shows no file '${name}' any more.`
  } catch {
    return unseen
  }
}

/** Advice after a rename that was refused. */
export const NO_TEMPORARY = "If the server never renames, use `temporary: 'none'`, which writes in place."

/** Returns whether an error is the server's refusal to rename. */
export function isRenameRefused(error: unknown): boolean {
  return isRefused(error) && (error as TransferError).code !== 'exists'
}
