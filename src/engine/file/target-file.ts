import { type Phase, TransferError } from '../../errors.js'
import { join, name } from '../../path.js'
import type { Entry, NextOptions, Store } from '../../store.js'
import { entryListed, FORBIDDEN } from '../listing/listed-entry.js'
import { Borrowed } from '../pool/leased-store.js'
import { isTemporary, type Job } from './job.js'
import { isRenameRefused, NO_TEMPORARY, whereWhole } from './temporary-name.js'

/** Resolves with the entry of the source, before a byte is sent; with undefined when the store cannot stat. Rejects with `not-found` or `is-directory`. */
export async function lookAtSource(job: Job, attempt: number): Promise<Entry | undefined> {
  const { source } = job
  if (!(source instanceof Borrowed)) return undefined
  const known = attempt === 1 ? source.place.entry : undefined
  const entry =
    known ?? (await statIfAllowed(await source.store(), source.path, { signal: job.options.signal, next: 'read' }))
  if (entry === null) return undefined
  if (!entry)
    throw new TransferError('not-found', `There is no '${source.path}'.`, {
      phase: phaseAt(job, 'source'),
      path: source.path,
    })
  if (entry.type === 'directory')
    throw isDirectory(source.path, phaseAt(job, 'source'), 'Copy it recursively, or name a file in it.')
  // A link has a size of its own; that of its target is known only once it is read.
  return entry.type === 'link' ? { ...entry, size: undefined, modified: undefined, unique: undefined } : entry
}

/** Resolves with the entry at the target. Rejects when the target cannot receive the file, before a byte is sent. */
export async function lookAtTarget(job: Job): Promise<Entry | undefined> {
  const { target, options } = job
  if (!(target instanceof Borrowed)) return undefined
  const { path } = target
  const known = job.touched ? undefined : target.place.entry
  const asked = { signal: options.signal, next: 'write' as const }
  const entry = known === undefined ? await lookForTarget(job, await target.store(), asked) : known
  if (!entry) return undefined
  if (entry.type === 'directory') {
    const example = join(path, name(job.label.from) || 'name.bin')
    throw isDirectory(path, phaseAt(job, 'target'), `Add a file name, for example '${example}'.`)
  }
  const ours = job.touched && !isTemporary(job)
  if (options.overwrite === 'never' && !ours) throw alreadyThere(job, path)
  return entry
}

/** Like lookAtTarget, where nothing may be replaced: a refused stat is no proof of a free name, so the directory is listed; if that is refused too, it rejects. */
async function lookForTarget(
  { target, options }: Job,
  store: Store,
  asked: NextOptions,
): Promise<Entry | undefined | null> {
  if (!(target instanceof Borrowed)) return undefined
  const entry = await statIfAllowed(store, target.path, asked)
  return entry === null && options.overwrite === 'never' ? await entryListed(store, target.path, asked) : entry
}

/** Resolves with null where the store forbids stat (a drop box), which alone does not end a transfer. */
async function statIfAllowed(store: Store, path: string, options: NextOptions): Promise<Entry | undefined | null> {
  try {
    return await store.stat(path, options)
  } catch (error) {
    if (error instanceof TransferError && FORBIDDEN.has(error.code)) return null
    throw error
  }
}

/** Returns the phase of an error: on the local side of an upload or a download it is 'local'. */
function phaseAt({ direction }: Job, side: 'source' | 'target'): Phase {
  const near = direction === 'upload' ? 'source' : direction === 'download' ? 'target' : undefined
  return side === near ? 'local' : 'command'
}

function isDirectory(path: string, phase: Phase, hint: string): TransferError {
  return new TransferError('is-directory', `'${path}' is a directory.`, { phase, path, hint })
}

function alreadyThere(job: Job, path: string, hint?: string): TransferError {
  return new TransferError('exists', `'${path}' exists already and must not be overwritten.`, {
    phase: phaseAt(job, 'target'),
    path,
    hint,
  })
}

/**
 * Renames the temporary file to its final name. A refusal names the temporary file, which is kept: it is complete. `size`: an existing
 * file of this size is this call's when the reply to an earlier rename was lost.
 */
export async function giveFinalName(job: Job, size: number): Promise<void> {
  if (!(job.target instanceof Borrowed) || !isTemporary(job)) return
  const { target, partial, options } = job
  const { signal, overwrite } = options
  job.complete = true
  const store = await target.store()
  if (job.renaming && (await hasItsName(job, store, { path: target.path, size }))) return
  if (overwrite === 'never' && (await lookForTarget(job, store, { signal })))
    throw alreadyThere(job, target.path, await whereWhole(job))
  try {
    if (overwrite === 'delete-first') await removeIfThere(store, target.path, signal)
    await store.rename(partial, target.path, { signal, next: options.next?.() })
  } catch (error) {
    job.renaming ||= isUnanswered(error)
    if (job.renaming) {
      const either = `The whole file is under its temporary name '${partial}', or under its final one already.`
      throw withHint(error, either)
    }
    const where = await whereWhole(job)
    throw withHint(error, isRenameRefused(error) && job.direction !== 'download' ? `${where} ${NO_TEMPORARY}` : where)
  }
}

function isUnanswered(error: unknown): boolean {
  return error instanceof TransferError && (error.code === 'session-lost' || error.code === 'timeout')
}

async function hasItsName(job: Job, store: Store, named: { path: string; size: number }): Promise<boolean> {
  const { signal } = job.options
  if (await statIfAllowed(store, job.partial, { signal })) return false
  return (await statIfAllowed(store, named.path, { signal }))?.size === named.size
}

async function removeIfThere(store: Store, path: string, signal?: AbortSignal): Promise<void> {
  try {
    await store.remove(path, { signal })
  } catch (error) {
    if (!(error instanceof TransferError) || error.code !== 'not-found') throw error
  }
}

/** Returns the same error with one more sentence in its hint. */
export function withHint(error: unknown, hint: string): unknown {
  if (!(error instanceof TransferError)) return error
  return error.with({ hint: error.hint ? `${error.hint} ${hint}` : hint, cause: error.cause ?? error })
}
