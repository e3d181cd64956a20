import { mkdir } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import type { CopyOptions, Place, StreamSink, StreamSource } from '../../engine/copy-file.js'
import { copy } from '../../engine/copy-file.js'
import { checkOptions as checkCopy } from '../../engine/file/job.js'
import { RateLimiter } from '../../engine/flow/progress.js'
import { together } from '../../engine/flow/rate-limit.js'
import type { LeaseKind } from '../../engine/pool/lease.js'
import { badArgument, TransferError } from '../../errors.js'
import type { Direction, Observer, TransferEvent } from '../../events.js'
import { shortHash } from '../../hash.js'
import { disk } from '../../local/disk.js'
import type { Store } from '../../store.js'
import type { TransferOptions, TransferResult, TreeResult, Verify } from '../options/options.js'
import { sinkTo } from '../streams/caller-sink.js'
import { sourceOf } from '../streams/caller-source.js'
import { type Input, isInput, isOutput, type Output } from '../streams/streams.js'
import type { Connection } from './connection.js'

/** Bytes of a file behind which the next one may wait on the same session, rather than for another session to be free. */
const SMALL = 1024 * 1024

/** A file or directory on the server, as the engine wants it. */
export function remotePlace(
  connection: Connection,
  path: string,
  { text = false, compress = false, kind = 'call' }: Way = {},
): Place {
  // A tree leases for each of its files: once its login is refused, the others are not asked for.
  const since = connection.refusals
  return {
    path,
    supply: connection.supply,
    learned: connection.protocol.naming,
    lease: async (signal, entry, beside) => {
      const small = !text && !compress && kind === 'call' && (entry?.size ?? Number.POSITIVE_INFINITY) <= SMALL
      const borrowed = await connection.borrow({ signal, beside, since, kind: small ? 'small-read' : kind })
      const { store, release, crowded } = borrowed
      const packed = compress ? packedView(store, release) : store
      return { store: text ? (packed.asText?.() ?? packed) : packed, release, crowded }
    },
    several: (count) => connection.several(count),
  }
}

interface Way {
  readonly text?: boolean
  readonly compress?: boolean
  readonly kind?: LeaseKind
}

function packedView(store: Store, release: () => void): Store {
  if (store.asPacked) return store.asPacked()
  release()
  throw badArgument(`${store.describe} cannot compress: MODE Z is of FTP.`, 'Leave compress out.')
}

function localPlace(path: string): Place {
  checkLocal(path)
  const store = disk()
  return { path: resolve(path), lease: async () => ({ store, release: () => {} }) }
}

function checkLocal(path: string): void {
  if (path.includes('\0')) throw badArgument('The local path holds a NUL.', 'No file system takes one in a name.')
}

/** Works on the inside of a local directory: nothing that the server names can leave it, through '..', a drive letter or a link. */
async function withLocalTree<T>(root: string, work: (place: Place) => Promise<T>): Promise<T> {
  checkLocal(root)
  const store = disk({ root: resolve(root), hold: true })
  try {
    return await work({ path: '/', lease: async () => ({ store, release: () => {} }) })
  } finally {
    await store.close()
  }
}

/** Downloads a file, or a directory with `recursive`; the arguments are those of `remote.download()`. */
export async function download(
  connection: Connection,
  { path, target }: { readonly path: string; readonly target: string | Output },
  options: TransferOptions,
): Promise<TransferResult | TreeResult> {
  const text = isText(connection, options)
  // The caller's stream may take its time; others who wait for this session are told so then.
  const from = remotePlace(connection, path, {
    text,
    compress: options.compress,
    kind: typeof target === 'string' ? 'call' : 'stream',
  })
  const work = workOptions(connection, options, { direction: 'download', text })
  if ((options.segments ?? 1) > 1 && typeof target !== 'string')
    throw badArgument('A stream cannot take a file in parts.', 'Download to a local path, or leave segments out.')
  if (options.recursive) {
    if (typeof target !== 'string') throw badArgument('A directory can only be downloaded into a local directory.')
    checkLocal(target)
    await mkdir(target, { recursive: true }).catch((cause: Error) => {
      throw new TransferError('local', `The directory ${target} cannot be made: ${cause.message}.`, {
        phase: 'local',
        path: target,
        cause,
      })
    })
    return await withLocalTree(target, (to) => tree(connection, { from, to }, work))
  }
  return await copy({ from, to: whereTo(target), options: work })
}

function whereTo(target: string | Output): Place | StreamSink {
  if (typeof target === 'string' && target !== '') return localPlace(target)
  if (isOutput(target)) return { sink: sinkTo(target) }
  throw badArgument('The target of a download is neither a path nor a writable stream.')
}

/** Uploads a file, or a directory with `recursive`; the arguments are those of `remote.upload()`. */
export async function upload(
  connection: Connection,
  { source, path }: { readonly source: string | Input; readonly path: string },
  options: TransferOptions,
): Promise<TransferResult | TreeResult> {
  const text = isText(connection, options)
  const kind = isInput(source) && !(source instanceof Uint8Array) ? 'stream' : 'call'
  const to = remotePlace(connection, path, { text, compress: options.compress, kind })
  const work = workOptions(connection, options, { direction: 'upload', text })
  if (options.recursive) {
    if (typeof source !== 'string') throw badArgument('Only a local directory can be uploaded recursively.')
    return await withLocalTree(source, (from) => tree(connection, { from, to }, work))
  }
  const sidecar =
    options.resume && typeof source === 'string'
      ? { store: disk(), path: uploadRecord(connection, source, path) }
      : undefined
  return await copy({ from: whereFrom(source), to, options: { ...work, sidecar } })
}

function whereFrom(source: string | Input): Place | StreamSource {
  if (typeof source === 'string' && source !== '') return localPlace(source)
  if (!isInput(source)) throw badArgument('The source of an upload is neither a path, bytes nor a readable stream.')
  const bytes = source instanceof Uint8Array ? source : undefined
  return { source: async () => sourceOf(source), size: bytes?.length, repeatable: bytes !== undefined }
}

/** The record of an interrupted upload is kept beside its local source, so that no file is left in the server's directory. */
function uploadRecord(connection: Connection, source: string, path: string): string {
  const where = shortHash(`${connection.protocol.describe}\n${path}`)
  return join(dirname(resolve(source)), `.${basename(source)}.${where}.upload.json`)
}

async function tree(
  connection: Connection,
  { from, to }: { readonly from: Place; readonly to: Place },
  options: CopyOptions,
): Promise<TreeResult> {
  const began = performance.now()
  const { copyTree } = await import('../../engine/copy-tree.js')
  const result = await copyTree({ from, to, options, parallel: connection.parallel })
  return { ...result, elapsedMs: performance.now() - began }
}

function isText(connection: Connection, { type = connection.type }: TransferOptions): boolean {
  return type === 'ascii'
}

function workOptions(
  connection: Connection,
  options: TransferOptions,
  { direction, text }: { readonly direction: Direction; readonly text: boolean },
): CopyOptions {
  const { append, resume, temporary, overwrite, durable, retries, rateLimit, segments, signal, verify } = options
  const work: CopyOptions = {
    direction,
    append,
    resume,
    temporary,
    overwrite,
    durable,
    segments,
    retry: triesOf(retries),
    rateLimit: together(ownLimit(rateLimit), connection.limiter),
    signal,
    verify: verify as Verify | undefined,
    text,
    observe: withProgress(connection.protocol.observe, options),
  }
  checkCopy(work)
  if (options.compress) checkCompress(work)
  return work
}

/** What is counted on the way is not the file then. */
function checkCompress({ resume, segments = 1, text }: CopyOptions): void {
  const other = resume ? 'resume' : segments > 1 ? 'segments' : text ? "type: 'ascii'" : undefined
  if (other) throw badArgument(`compress and ${other} exclude each other.`, 'Leave one of them out.')
}

/** The limit of one call, apart from what its connections are held to. */
export function ownLimit(rateLimit: number | undefined): RateLimiter | undefined {
  return rateLimit === undefined ? undefined : new RateLimiter(rateLimit)
}

/** How often a transfer is tried, as the engine counts: the first try too. */
export function triesOf(retries: number | undefined): { attempts: number } | undefined {
  return retries === undefined ? undefined : { attempts: retries + 1 }
}

/** The connection's observer, and the call's own onProgress beside it. */
function withProgress(observe: Observer, { onProgress }: TransferOptions): Observer {
  if (!onProgress) return observe
  return (event: TransferEvent) => {
    observe(event)
    if (event.type === 'progress') onProgress(event)
  }
}
