import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { deflateSync, inflateSync } from 'node:zlib'
import { TransferError } from '../../../../src/errors.js'
import { deflating, inflated } from '../../../../src/ftp/transfer/mode-z.js'
import { copyOut, slabOf } from '../../../../src/slab.js'
import { type ByteSink, type ByteSource, isReceipt } from '../../../../src/store.js'

const TEXT = Buffer.from('one line is like the next one\n'.repeat(40_000))
const SENT = { bytes: 0, integrity: 'unproven', reply: { code: 226, text: 'done' } } as const

/** What comes over the wire, in chunks; the slabs that are not given back are counted. */
function wire(bytes: Uint8Array, chunk = 1000) {
  const state = { held: 0, given: 0, cancelled: false }
  const source: ByteSource = {
    async next() {
      if (state.cancelled) throw new TransferError('closed', 'over', { phase: 'transfer' })
      if (state.given >= bytes.length) return SENT
      const piece = bytes.subarray(state.given, state.given + chunk)
      state.given += piece.length
      state.held++
      return slabOf([piece], () => void state.held--)
    },
    async cancel() {
      state.cancelled = true
    },
  }
  return { source, state }
}

async function drained(source: ByteSource) {
  const pieces: Uint8Array[] = []
  for (;;) {
    const next = await source.next()
    if (isReceipt(next)) return { receipt: next, bytes: Buffer.concat(pieces) }
    pieces.push(copyOut(next))
    next.release()
  }
}

async function failed(work: Promise<unknown>): Promise<TransferError> {
  const thrown = await work.then(
    () => assert.fail('it succeeded'),
    (error: unknown) => error,
  )
  assert.ok(thrown instanceof TransferError, String(thrown))
  return thrown
}

describe('a deflate stream that arrives', () => {
  it('comes out as it was, confirmed by its end, the reply and its size', async () => {
    for (const chunk of [1, 7, 1000, 1_000_000]) {
      const { source, state } = wire(deflateSync(TEXT), chunk)
      const { receipt, bytes } = await drained(inflated(source, { path: '/f', expected: TEXT.length }))
      assert.ok(bytes.equals(TEXT))
      assert.deepEqual(receipt, { ...SENT, bytes: TEXT.length, announced: TEXT.length, integrity: 'sized' })
      assert.equal(state.held, 0)
    }
  })

  it('is unproven where nobody told the size, and an empty file may be no stream at all', async () => {
    const { receipt } = await drained(inflated(wire(deflateSync(TEXT)).source, { path: '/f' }))
    assert.deepEqual([receipt.bytes, receipt.integrity], [TEXT.length, 'unproven'])
    for (const nothing of [Buffer.alloc(0), deflateSync('')]) {
      const empty = await drained(inflated(wire(nothing).source, { path: '/f', expected: 0 }))
      assert.deepEqual([empty.receipt.bytes, empty.receipt.integrity], [0, 'sized'])
    }
  })

  it('that ends in the middle, or before it begins, is truncated, whatever the server says', async () => {
    const packed = deflateSync(TEXT)
    for (const length of [0, 1, 100, packed.length - 1]) {
      const { source, state } = wire(packed.subarray(0, length))
      const error = await failed(drained(inflated(source, { path: '/f', expected: TEXT.length })))
      assert.deepEqual([error.code, error.retryable, state.held], ['truncated', true, 0])
    }
    const shorter = await failed(drained(inflated(wire(packed).source, { path: '/f', expected: TEXT.length + 1 })))
    assert.equal(shorter.code, 'truncated')
  })

  it('that is none, or has something behind it, is refused', async () => {
    for (const bytes of [Buffer.from('hello, hello'), Buffer.concat([deflateSync(TEXT), Buffer.from('x')])])
      for (const chunk of [1, 5_000_000]) {
        const { source, state } = wire(bytes, chunk)
        const error = await failed(drained(inflated(source, { path: '/f' })))
        assert.deepEqual([error.code, state.held], ['protocol', 0])
      }
  })

  it('that grows beyond the size of the file stops there', async () => {
    const bomb = deflateSync(Buffer.alloc(200_000_000))
    const { source, state } = wire(bomb, 10_000)
    const one = inflated(source, { path: '/f', expected: 1_000_000 })
    let given = 0
    const error = await failed(
      (async () => {
        for (;;) given += ((await one.next()) as { length: number }).length
      })(),
    )
    assert.deepEqual([error.code, error.retryable, state.cancelled], ['mismatch', false, true])
    assert.ok(given <= 1_000_000)
    assert.ok(state.given < bomb.length / 4, `${state.given} of ${bomb.length} bytes were taken`)
  })

  it('of a file of unknown size stops where no real file grows to', async () => {
    const { source, state } = wire(deflateSync(Buffer.alloc(200_000_000)), 10_000)
    const error = await failed(drained(inflated(source, { path: '/f' })))
    assert.deepEqual([error.code, state.cancelled], ['mismatch', true])
    assert.match(error.message, /200 times/)
  })

  it('is taken no faster than it is read', async () => {
    const { source, state } = wire(deflateSync(TEXT), 100)
    const one = inflated(source, { path: '/f' })
    await one.next()
    for (let turn = 0; turn < 200; turn++) await new Promise(setImmediate)
    const { given } = state
    for (let turn = 0; turn < 200; turn++) await new Promise(setImmediate)
    assert.ok(state.given === given && given < deflateSync(TEXT).length)
    await one.cancel()
    assert.equal(state.cancelled, true)
  })

  it('fails with what its wire fails with', async () => {
    const lost = new TransferError('data-connection', 'cut', { phase: 'transfer', retryable: true })
    const source: ByteSource = {
      next: async () => {
        throw lost
      },
      cancel: async () => {},
    }
    assert.equal(await failed(drained(inflated(source, { path: '/f' }))), lost)
  })
})

/** Collects what is sent. */
function receiver(fault?: TransferError) {
  const state = { pieces: [] as Uint8Array[], aborted: false, counted: () => 0 }
  const open = (counted: () => number): ByteSink => {
    state.counted = counted
    return {
      get landed() {
        return counted()
      },
      async write(slab) {
        if (fault) throw fault
        state.pieces.push(copyOut(slab))
        slab.release()
      },
      finish: async () => ({ bytes: 1, integrity: 'sized' }),
      async abort() {
        state.aborted = true
      },
    }
  }
  return { state, open }
}

describe('a deflate stream that is sent', () => {
  it('holds the file, and counts its bytes', async () => {
    const { state, open } = receiver()
    const sink = deflating(open)
    let held = 2
    for (const half of [TEXT.subarray(0, 500_000), TEXT.subarray(500_000)])
      await sink.write(slabOf([half.subarray(0, 10), half.subarray(10)], () => void held--))
    assert.deepEqual(await sink.finish(), { bytes: TEXT.length, integrity: 'sized' })
    assert.deepEqual([held, state.counted(), sink.landed], [0, TEXT.length, TEXT.length])
    assert.ok(inflateSync(Buffer.concat(state.pieces)).equals(TEXT))
  })

  it('of an empty file is a stream too', async () => {
    const { state, open } = receiver()
    await deflating(open).finish()
    assert.equal(inflateSync(Buffer.concat(state.pieces)).length, 0)
  })

  it('fails with what the wire fails with, and gives its slabs back', async () => {
    const lost = new TransferError('data-connection', 'cut', { phase: 'transfer', retryable: true })
    const { state, open } = receiver(lost)
    const sink = deflating(open)
    let held = 0
    const error = await failed(
      (async () => {
        for (let at = 0; at < 100; at++) {
          held++
          const noise = Buffer.from(Array.from({ length: 100_000 }, (_, i) => (i * i * (at + 7)) >> 3))
          await sink.write(slabOf([noise], () => void held--))
        }
        await sink.finish()
      })(),
    )
    assert.deepEqual([error, held], [lost, 0])
    await sink.abort()
    assert.equal(state.aborted, true)
  })
})
