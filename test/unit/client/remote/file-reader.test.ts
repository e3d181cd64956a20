import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FileReader } from '../../../../src/client/remote/file-reader.js'
import { TransferError } from '../../../../src/errors.js'
import { slabOf } from '../../../../src/slab.js'
import type { ByteSource } from '../../../../src/store.js'
import { bytesOf } from '../../../conformance/bytes.js'

const SLAB = 256 * 1024
const BYTES = bytesOf(3 * SLAB + 77, 5)

/** Gives `bytes` in slabs of several chunks, and counts what is held and given. */
function counted(bytes: Buffer, chunk: number): ByteSource & { held: number; most: number; cancelled: number } {
  let at = 0
  return {
    held: 0,
    most: 0,
    cancelled: 0,
    async next() {
      if (at >= bytes.length) return { bytes: bytes.length, integrity: 'sized' }
      const end = Math.min(at + SLAB, bytes.length)
      const chunks: Buffer[] = []
      for (; at < end; at += chunk) chunks.push(bytes.subarray(at, Math.min(end, at + chunk)))
      at = end
      this.held++
      this.most = Math.max(this.most, this.held)
      return slabOf(chunks, () => {
        this.held--
      })
    },
    async cancel() {
      this.cancelled++
    },
  }
}

/** Runs `work` and resolves with the number of bytes that it copied, whatever it copied them with. */
async function copiedBy(work: () => Promise<void>): Promise<number> {
  let copied = 0
  const { from, concat } = Buffer
  const counting =
    <A extends unknown[]>(make: (...given: A) => Buffer) =>
    (...given: A): Buffer => {
      const made = make(...given)
      copied += made.length
      return made
    }
  // Not the mocks of node:test: they keep every call.
  Object.assign(Buffer, { from: counting(from), concat: counting(concat) })
  try {
    await work()
  } finally {
    Object.assign(Buffer, { from, concat })
  }
  return copied
}

for (const n of [1, 7, 4_093, 65_536, SLAB, SLAB + 1, 2 * SLAB + 3, 10 * SLAB])
  for (const chunk of [1_000, 65_536, SLAB])
    test(`read(${n}) of chunks of ${chunk} copies each byte twice at most and holds one slab`, async () => {
      const bytes = n < 100 ? BYTES.subarray(0, SLAB + 50) : BYTES
      const source = counted(bytes, chunk)
      const reader = new FileReader(source)
      const pieces: Buffer[] = []
      const copied = await copiedBy(async () => {
        for (let piece = await reader.read(n); piece.length > 0; piece = await reader.read(n)) pieces.push(piece)
      })
      assert.ok(pieces.slice(0, -1).every(({ length }) => length === n))
      assert.ok(bytes.equals(Buffer.concat(pieces)))
      assert.ok(copied <= 2 * bytes.length, `${copied} bytes were copied for ${bytes.length}`)
      assert.equal(source.most, 1)
      assert.equal(source.held, 0)
    })

test('reads that overlap get their bytes in the order of the calls', async () => {
  const reader = new FileReader(counted(BYTES, 10_000))
  const pieces = await Promise.all([5, SLAB, 100, 2 * SLAB].map((n) => reader.read(n)))
  assert.ok(BYTES.subarray(0, 105 + 3 * SLAB).equals(Buffer.concat(pieces)))
})

test('a closed file gives no more bytes, releases its slab and cancels its source once', async () => {
  const source = counted(BYTES, 10_000)
  const reader = new FileReader(source)
  await reader.read(10)
  await reader.close()
  await reader.close()
  await assert.rejects(reader.read(1), (error) => error instanceof TransferError && error.code === 'closed')
  assert.equal(source.held, 0)
  assert.equal(source.cancelled, 1)
})
