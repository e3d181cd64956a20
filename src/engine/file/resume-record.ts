import { shortHash } from '../../hash.js'
import { join, name, parent } from '../../path.js'
import { copyOut, type Slab, slabOf } from '../../slab.js'
import { type ByteSource, type Entry, isReceipt, type Store } from '../../store.js'
import { joined, prefixOf, type Span } from './byte-ranges.js'

/** The source of a partial file, and how much of it is stored. */
export interface Sidecar {
  readonly version: 1
  /** Name of the partial file, without its directory. */
  readonly partial: string
  /** Of the source, in bytes. */
  readonly size: number
  /** ISO 8601. */
  readonly modified?: string
  readonly precision?: Entry['precision']
  readonly zone?: Entry['zone']
  readonly unique?: string
  /** Bytes from the start of the file that are stored, without a hole. */
  readonly landed: number
  /** All stored bytes, when the file was downloaded in parts. */
  readonly spans?: readonly Span[]
}

/** Longest base of a partial name, in bytes; a partial name adds '.', eight hex digits and a dot, '.part', '.json', '.new'. */
const MAX_BASE = 255 - 1 - 9 - 5 - 5 - 4

/** Returns the temporary name beside `path`: the same each time without a `mark`, so that a later call finds it. At most 255 bytes. */
export function partialPath(path: string, randomMark?: string): string {
  const kept = shorten(name(path))
  return join(parent(path), randomMark === undefined ? `.${kept}.part` : `.${kept}.${randomMark}.part`)
}

/** Returns a temporary name for servers that refuse the usual one: 13 characters, no leading dot. */
export function shortPartialPath(path: string, randomMark = shortHash(name(path)).slice(0, 8)): string {
  return join(parent(path), `${randomMark}.part`)
}

/** Returns the path of the record of a partial file. */
export function sidecarPath(partial: string): string {
  return `${partial}.json`
}

function shorten(value: string): string {
  if (Buffer.byteLength(value) <= MAX_BASE) return value
  let kept = ''
  let room = MAX_BASE - 9
  for (const letter of value) {
    room -= Buffer.byteLength(letter)
    if (room < 0) break
    kept += letter
  }
  return `${kept}~${shortHash(value)}`
}

/** Returns the record of a source whose size is known. */
export function sidecarOf(
  source: Entry & { size: number },
  partial: string,
  landed: number | readonly Span[],
): Sidecar {
  const { size, modified, precision, zone, unique } = source
  return {
    version: 1,
    partial: name(partial),
    size,
    ...(typeof landed === 'number' ? { landed } : { landed: prefixOf(landed), spans: joined(landed) }),
    ...(modified && !Number.isNaN(modified.getTime()) && { modified: modified.toISOString() }),
    ...(precision && { precision }),
    ...(zone && { zone }),
    ...(unique !== undefined && { unique }),
  }
}

const LONGEST = 16 * 1024

/** Resolves with the record at `path`; with undefined when there is none or the file is not such a record. */
export async function readSidecar(store: Store, path: string, signal?: AbortSignal): Promise<Sidecar | undefined> {
  const entry = await store.stat(path, { signal })
  if (entry?.type !== 'file' || (entry.size ?? 0) > LONGEST) return undefined
  const bytes = await readAll(await store.read(path, { signal, entry }), LONGEST)
  return bytes && parseSidecar(Buffer.from(bytes).toString('utf8'))
}

export async function writeSidecar(store: Store, path: string, sidecar: Sidecar): Promise<void> {
  const text = Buffer.from(`${JSON.stringify(sidecar)}\n`)
  const next = nextPath(path)
  // Never written over an existing file, which may be a link; and renamed, so that a kill leaves the old record or the new one.
  if (await store.stat(next)) await store.remove(next)
  const sink = await store.write(next, { at: { exclusive: true } })
  try {
    await sink.write(slabOf([text]))
    await sink.finish()
  } catch (error) {
    await sink.abort(error).catch(() => {})
    throw error
  }
  await store.rename(next, path)
}

/** Removes a record, and the temporary file that a kill may have left beside it. */
export async function removeSidecar(store: Store, path: string): Promise<void> {
  for (const each of [path, nextPath(path)]) if (await store.stat(each)) await store.remove(each)
}

function nextPath(path: string): string {
  return `${path}.new`
}

/** Parses a record. The text is not trusted: any process may have written it. */
export function parseSidecar(text: string): Sidecar | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isSidecar(value) ? value : undefined
  } catch {
    return undefined
  }
}

function isSidecar(value: unknown): value is Sidecar {
  if (typeof value !== 'object' || value === null) return false
  const { version, partial, size, landed, spans, modified, precision, zone, unique } = value as Record<string, unknown>
  return (
    version === 1 &&
    typeof partial === 'string' &&
    isCount(size) &&
    isCount(landed) &&
    (spans === undefined || (Array.isArray(spans) && spans.every((span) => isSpan(span, size)))) &&
    (modified === undefined || (typeof modified === 'string' && !Number.isNaN(Date.parse(modified)))) &&
    (precision === undefined || ['ms', 's', 'min', 'day'].includes(String(precision))) &&
    (zone === undefined || zone === 'utc' || zone === 'assumed') &&
    (unique === undefined || typeof unique === 'string')
  )
}

function isSpan(value: unknown, size: number): value is Span {
  if (!Array.isArray(value) || value.length !== 2) return false
  const [from, to] = value
  return isCount(from) && isCount(to) && from < to && to <= size
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

/** Resolves with all bytes of a source, or with undefined (and the source cancelled) when there are more than `limit`. */
export async function readAll(source: ByteSource, limit: number): Promise<Uint8Array | undefined> {
  const parts: Uint8Array[] = []
  let room = limit
  try {
    for (;;) {
      const next = await source.next()
      if (isReceipt(next)) return Buffer.concat(parts)
      room -= next.length
      const part = takeOut(next)
      if (room < 0) break
      parts.push(part)
    }
  } catch (error) {
    await source.cancel(error).catch(() => {})
    throw error
  }
  await source.cancel()
  return undefined
}

function takeOut(slab: Slab): Uint8Array {
  try {
    return copyOut(slab)
  } finally {
    slab.release()
  }
}
