import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { type ErrorCode, TransferError } from '../../src/errors.js'
import { SLAB_SIZE, slabOf } from '../../src/slab.js'
import {
  type ByteSource,
  type Entry,
  isReceipt,
  type Range,
  type Receipt,
  type Store,
  type WriteAt,
} from '../../src/store.js'

/** The same bytes for the same seed, without a pattern that a lost or doubled block would fit into. */
export function bytesOf(length: number, seed = 1): Buffer {
  const bytes = Buffer.allocUnsafe(length)
  const next = random(seed)
  for (let at = 0; at < length; at++) bytes[at] = next(256)
  return bytes
}

/** Whole numbers below `limit`, the same for the same seed (xorshift32). */
export function random(seed: number): (limit: number) => number {
  let state = seed | 1
  return (limit) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % limit
  }
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** Equal by hash, so that a difference of megabytes is not printed. */
export function assertSame(actual: Uint8Array, expected: Uint8Array): void {
  assert.equal(actual.length, expected.length)
  assert.equal(sha256(actual), sha256(expected))
}

/** Writes a whole file in slabs. */
export async function put(store: Store, path: string, content: Uint8Array | string, at?: WriteAt): Promise<Receipt> {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content
  const sink = await store.write(path, { at })
  try {
    for (let from = 0; from < bytes.length; from += SLAB_SIZE) {
      await sink.write(slabOf([bytes.subarray(from, from + SLAB_SIZE)]))
    }
    return await sink.finish()
  } catch (error) {
    await sink.abort(error)
    throw error
  }
}

/** Reads a whole file, or a range of it. */
export async function get(store: Store, path: string, range?: Range): Promise<Buffer> {
  const { bytes, receipt } = await drain(await store.read(path, { range }))
  assert.equal(receipt.bytes, bytes.length)
  return bytes
}

/** Reads a source to its end. */
export async function drain(source: ByteSource): Promise<{ bytes: Buffer; receipt: Receipt }> {
  const pieces: Buffer[] = []
  while (true) {
    const next = await source.next()
    if (isReceipt(next)) return { bytes: Buffer.concat(pieces), receipt: next }
    pieces.push(Buffer.concat(next.chunks))
    next.release()
  }
}

/** The entries of a directory by name. No name may come twice. */
export async function listed(store: Store, dir: string): Promise<Map<string, Entry>> {
  const entries = new Map<string, Entry>()
  for await (const entry of store.list(dir)) {
    assert.ok(!entries.has(entry.name), `${JSON.stringify(entry.name)} is listed twice`)
    entries.set(entry.name, entry)
  }
  return entries
}

/** The TransferError that some work ends with; with `codes`, one of these. */
export async function failure(work: () => Promise<unknown>, ...codes: ErrorCode[]): Promise<TransferError> {
  try {
    await work()
  } catch (error) {
    if (!(error instanceof TransferError)) throw error
    if (codes.length > 0 && !codes.includes(error.code)) {
      assert.fail(`expected ${codes.join(' or ')}, came ${error.code}: ${error.message}`)
    }
    return error
  }
  return assert.fail(`nothing failed; expected ${codes.join(' or ') || 'a TransferError'}`)
}
