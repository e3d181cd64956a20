import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { MemoryStore } from '../../src/memory.js'
import { SLAB_SIZE, slabOf } from '../../src/slab.js'
import { isReceipt } from '../../src/store.js'
import { assertSame, bytesOf, drain, failure, get, listed, put } from '../conformance/bytes.js'

describe('MemoryStore', () => {
  it('begins with the files it is given, their parents made', async () => {
    const store = new MemoryStore({ '/a/b/c.txt': 'text', '/bytes': Uint8Array.of(1, 2), '/empty/': '' })
    assert.equal(String(await get(store, '/a/b/c.txt')), 'text')
    assert.deepEqual([...(await get(store, '/bytes'))], [1, 2])
    assert.deepEqual([...(await listed(store, '/')).keys()], ['a', 'bytes', 'empty'])
    assert.equal((await listed(store, '/empty')).size, 0)
    assert.equal(await store.home(), '/')
  })

  it('keeps its own copy of the bytes it is given', async () => {
    const bytes = Buffer.from('mine')
    const store = new MemoryStore({ '/file': bytes })
    bytes.fill(0)
    assert.equal(String(await get(store, '/file')), 'mine')
  })

  it('shows what has landed to a reader that opens meanwhile', async () => {
    const store = new MemoryStore()
    const sink = await store.write('/file')
    await sink.write(slabOf([Buffer.from('half')]))
    assert.equal(sink.landed, 4)
    assert.equal((await store.stat('/file'))?.size, 4)
    assert.equal(String(await get(store, '/file')), 'half')
    await sink.abort()
  })

  it('takes many small appends', async () => {
    const store = new MemoryStore()
    const sink = await store.write('/file')
    const piece = bytesOf(1000)
    for (let i = 0; i < 20_000; i++) await sink.write(slabOf([piece]))
    assert.equal((await sink.finish()).bytes, 20_000_000)
    assertSame(await get(store, '/file', { from: 19_999_000 }), piece)
  })

  it('fills a gap before an offset with zeros', async () => {
    const store = new MemoryStore({ '/file': 'ab' })
    await put(store, '/file', 'x', { offset: 4 })
    assert.deepEqual([...(await get(store, '/file'))], [97, 98, 0, 0, 120])
  })

  it('keeps what stands after a write in the middle', async () => {
    const store = new MemoryStore({ '/file': '123456' })
    await put(store, '/file', 'xx', { offset: 2 })
    assert.equal(String(await get(store, '/file')), '12xx56')
  })

  it('says disk-full for an offset that no memory holds', async () => {
    const store = new MemoryStore()
    let released = 0
    const sink = await store.write('/file', { at: { offset: Number.MAX_SAFE_INTEGER - 10 } })
    await failure(() => sink.write(slabOf([Buffer.from('x')], () => released++)), 'disk-full')
    assert.equal(released, 1)
  })

  it('says truncated when a file shrinks while it is read', async () => {
    const store = new MemoryStore({ '/file': bytesOf(3 * SLAB_SIZE) })
    const source = await store.read('/file')
    const first = await source.next()
    assert.ok(!isReceipt(first))
    first.release()
    await put(store, '/file', 'short')
    await failure(() => drain(source), 'truncated')
  })

  it('hands out bytes that a later write does not change', async () => {
    const store = new MemoryStore({ '/file': 'old' })
    const slab = await (await store.read('/file')).next()
    assert.ok(!isReceipt(slab))
    await put(store, '/file', 'new', { offset: 0 })
    assert.equal(String(Buffer.concat(slab.chunks)), 'old')
    slab.release()
  })

  it('reads and lists through links, and does not follow them in stat', async () => {
    const store = new MemoryStore({ '/dir/file': 'text' })
    await store.link('/dir/near', 'file')
    await store.link('/far', '/dir')
    assert.equal(String(await get(store, '/far/near')), 'text')
    assert.deepEqual([...(await listed(store, '/far')).keys()], ['file', 'near'])
    assert.equal((await store.stat('/far/near'))?.type, 'link')
    await put(store, '/far/near', 'through')
    assert.equal(String(await get(store, '/dir/file')), 'through')
    assert.equal((await store.stat('/dir/near'))?.type, 'link')
  })

  it('gives up on links that never end', async () => {
    const store = new MemoryStore()
    await store.link('/a', '/b')
    await store.link('/b', '/a')
    await failure(() => get(store, '/a'), 'unsafe-name')
    await failure(() => put(store, '/a', 'x'), 'unsafe-name')
    await failure(() => listed(store, '/a/b'), 'unsafe-name')
  })

  it('renames as POSIX does', async () => {
    const store = new MemoryStore({ '/dir/file': 'x', '/file': 'y', '/empty/': '' })
    await failure(() => store.rename('/file', '/empty'), 'is-directory')
    await failure(() => store.rename('/dir', '/file'), 'not-directory')
    await failure(() => store.rename('/empty', '/dir'), 'local')
    await failure(() => store.rename('/dir', '/dir/sub'), 'local')
    await store.rename('/file', '/file')
    await store.rename('/dir', '/empty')
    assert.equal(String(await get(store, '/empty/file')), 'x')
  })

  it('never resolves above its root', async () => {
    const store = new MemoryStore({ '/file': 'x' })
    assert.equal(String(await get(store, '/../../file')), 'x')
    await failure(() => store.removeDir('/'))
    await failure(() => store.makeDir('/'), 'exists')
  })

  it('gives another unique to another file under the same name', async () => {
    const store = new MemoryStore({ '/file': 'x' })
    const before = (await store.stat('/file'))?.unique
    await put(store, '/file', 'again')
    assert.equal((await store.stat('/file'))?.unique, before)
    await store.remove('/file')
    await put(store, '/file', 'x')
    assert.notEqual((await store.stat('/file'))?.unique, before)
  })

  it('refuses a source or a sink that is over', async () => {
    const store = new MemoryStore({ '/file': 'x' })
    const source = await store.read('/file')
    await source.cancel()
    await failure(() => source.next(), 'closed')
    const sink = await store.write('/file')
    await sink.finish()
    await failure(() => sink.finish(), 'closed')
    await failure(() => sink.write(slabOf([])), 'closed')
  })
})
