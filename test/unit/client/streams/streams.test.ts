import assert from 'node:assert/strict'
import { once } from 'node:events'
import { PassThrough, Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { describe, it } from 'node:test'
import { sinkTo } from '../../../../src/client/streams/caller-sink.js'
import { sourceOf } from '../../../../src/client/streams/caller-source.js'
import { collect, readableFrom, writableTo } from '../../../../src/client/streams/streams.js'
import { TransferError } from '../../../../src/errors.js'
import { MemoryStore } from '../../../../src/memory.js'
import { slabOf } from '../../../../src/slab.js'
import { type ByteSink, isReceipt } from '../../../../src/store.js'

async function* pieces(): AsyncGenerator<Uint8Array | string> {
  yield 'grüß '
  yield Buffer.from('dich')
}

describe('what upload() takes', () => {
  const inputs = {
    'a buffer': () => Buffer.from('grüß dich'),
    'an async iterable of text and bytes': () => pieces(),
    'a Node stream': () => Readable.from([Buffer.from('grüß '), Buffer.from('dich')]),
    'a WHATWG stream': () => new Blob(['grüß dich']).stream() as ReadableStream<Uint8Array>,
  }
  for (const [name, make] of Object.entries(inputs)) {
    it(`${name} comes out whole`, async () => {
      assert.equal((await collect(sourceOf(make()))).toString(), 'grüß dich')
    })
  }

  it('a stream that fails is a local fault, with its reason', async () => {
    const source = sourceOf(
      new Readable({
        read() {
          this.destroy(new Error('the tape tore'))
        },
      }),
    )
    await assert.rejects(source.next(), (error: unknown) => {
      assert.ok(error instanceof TransferError)
      assert.deepEqual([error.code, error.phase], ['local', 'local'])
      assert.match(error.message, /the tape tore/)
      return true
    })
  })

  it('a cancelled stream is closed', async () => {
    const stream = Readable.from([Buffer.from('a'), Buffer.from('b')])
    const source = sourceOf(stream)
    await source.next()
    await source.cancel()
    assert.ok(stream.destroyed)
  })

  it('an object in a stream is refused', async () => {
    await assert.rejects(sourceOf(Readable.from([{ a: 1 }])).next(), { code: 'bad-argument' })
  })
})

describe('what download() takes', () => {
  it('a Writable gets every byte and is ended', async () => {
    const out = new PassThrough()
    const text = collectStream(out)
    const sink = sinkTo(out)
    await sink.write(slabOf([Buffer.from('ab'), Buffer.from('c')]))
    assert.equal(sink.landed, 3)
    await sink.finish()
    assert.equal(await text, 'abc')
  })

  it('a stream may keep what it gets: no buffer is used again behind its back', async () => {
    let released = 0
    const given = Buffer.from('abc')
    const kept: Uint8Array[] = []
    const node = new Writable({
      write(chunk: Uint8Array, _encoding, done) {
        kept.push(chunk)
        done()
      },
    })
    const web = new WritableStream<Uint8Array>({ write: (chunk) => void kept.push(chunk) })
    for (const stream of [node, web]) {
      const sink = sinkTo(stream)
      await sink.write(slabOf([given], () => released++))
      await sink.finish()
    }
    assert.deepEqual([kept, released], [[given, given], 0])
  })

  it('what is collected into one buffer gives each slab back', async () => {
    let released = 0
    const slabs = ['ab', 'c'].map((text) =>
      slabOf([Buffer.from(text)], () => {
        released++
      }),
    )
    const bytes = await collect({
      next: async () => slabs.shift() ?? { bytes: 3, integrity: 'sized' },
      cancel: async () => {},
    })
    assert.deepEqual([bytes.toString(), released], ['abc', 2])
  })

  it('a slow Writable slows the transfer down', async () => {
    let open: (() => void) | undefined
    const slow = new Writable({
      highWaterMark: 1,
      write(_chunk, _encoding, done) {
        open = done
      },
    })
    let written = false
    const write = sinkTo(slow)
      .write(slabOf([Buffer.from('abc')]))
      .then(() => {
        written = true
      })
    await new Promise(setImmediate)
    assert.equal(written, false)
    open?.()
    await write
    assert.equal(written, true)
  })

  it('a Writable that fails or is closed ends the transfer with a local fault', async () => {
    const broken = new Writable({
      write(_chunk, _encoding, done) {
        done(new Error('no more room'))
      },
    })
    const sink = sinkTo(broken)
    await assert.rejects(async () => {
      await sink.write(slabOf([Buffer.alloc(100_000)]))
      await sink.finish()
    }, /no more room/)
  })

  it('a WritableStream gets every byte and is closed', async () => {
    const seen: string[] = []
    const stream = new WritableStream<Uint8Array>({
      write: (chunk) => void seen.push(Buffer.from(chunk).toString()),
      close: () => void seen.push('end'),
    })
    const sink = sinkTo(stream)
    await sink.write(slabOf([Buffer.from('ab')]))
    await sink.finish()
    assert.deepEqual(seen, ['ab', 'end'])
  })
})

describe('remote.read() and remote.write() as streams', () => {
  it('a stream is opened when it is first read, and read to its end', async () => {
    const store = new MemoryStore({ '/a': 'hello' })
    let opened = 0
    const stream = readableFrom(() => {
      opened++
      return store.read('/a')
    })
    assert.equal(opened, 0)
    assert.equal(await collectStream(stream), 'hello')
    assert.equal(opened, 1)
  })

  it('a destroyed stream cancels its transfer', async () => {
    let cancelled = false
    const stream = readableFrom(async () => ({
      next: async () => slabOf([Buffer.alloc(10)]),
      cancel: async () => {
        cancelled = true
      },
    }))
    stream.read()
    await once(stream, 'readable')
    stream.destroy()
    await once(stream, 'close')
    assert.ok(cancelled)
  })

  it("a failure comes out as the stream's error", async () => {
    const stream = readableFrom(() => new MemoryStore().read('/missing'))
    await assert.rejects(collectStream(stream), { code: 'not-found' })
  })

  it('finish comes after the far side has confirmed', async () => {
    const store = new MemoryStore()
    await pipeline(
      Readable.from([Buffer.from('ab'), Buffer.from('c')]),
      writableTo(() => store.write('/a')),
    )
    assert.equal((await store.stat('/a'))?.size, 3)
  })

  it('an empty file is made, too', async () => {
    const store = new MemoryStore()
    await pipeline(
      Readable.from([]),
      writableTo(() => store.write('/a')),
    )
    assert.equal((await store.stat('/a'))?.size, 0)
  })

  it('a destroyed stream aborts its transfer', async () => {
    let aborted = false
    const sink: ByteSink = {
      landed: 0,
      write: async () => {},
      finish: async () => ({ bytes: 0, integrity: 'sized' }),
      abort: async () => {
        aborted = true
      },
    }
    const stream = writableTo(async () => sink)
    stream.write('x')
    await new Promise(setImmediate)
    stream.destroy()
    await once(stream, 'close')
    assert.ok(aborted)
  })
})

async function collectStream(stream: Readable): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of stream) chunks.push(chunk as Uint8Array)
  return Buffer.concat(chunks).toString()
}

it('a receipt is told from a slab', () => {
  assert.equal(isReceipt({ bytes: 0, integrity: 'sized' }), true)
  assert.equal(isReceipt(slabOf([])), false)
})
