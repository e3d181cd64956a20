import assert from 'node:assert/strict'
import { chmod, mkdtemp, readFile, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { disk } from '../../../src/local/disk.js'
import { encodeName } from '../../../src/names.js'
import { SLAB_SIZE, slabOf } from '../../../src/slab.js'
import { isReceipt } from '../../../src/store.js'
import { bytesOf, drain, failure, get, listed, put } from '../../conformance/bytes.js'

describe('the disk', () => {
  const store = disk()
  let dir = ''
  const at = (name: string): string => join(dir, name)

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'sallyport-disk-'))
  })
  after(() => rm(dir, { recursive: true, force: true }))

  it('takes paths relative to the working directory', async () => {
    assert.equal(await store.home(), process.cwd())
    assert.equal((await store.stat('.'))?.type, 'directory')
    assert.deepEqual(
      [...(await listed(store, '.')).keys()].sort(),
      [...(await listed(store, process.cwd())).keys()].sort(),
    )
  })

  it('keeps names that are not UTF-8, byte for byte', async () => {
    const bytes = Buffer.of(0x66, 0xff, 0xe9, 0xc3, 0xa9)
    await writeFile(Buffer.concat([encodeName(`${dir}/`), bytes]), 'text')
    const found = [...(await listed(store, dir)).keys()].filter((each) => each.startsWith('f\udcff'))
    assert.deepEqual(found, ['f\udcff\udce9é'])
    const path = at(found[0] ?? '')
    assert.equal(String(await get(store, path)), 'text')
    await store.rename(path, at('g\udcff'))
    await store.link?.(at('link'), 'g\udcff')
    assert.equal((await store.stat(at('link')))?.target, 'g\udcff')
    await store.remove(at('g\udcff'))
    await store.remove(at('link'))
  })

  it('shows device and inode as unique, size, mode and time', async () => {
    await put(store, at('facts'), '12345')
    const [entry, stats] = [await store.stat(at('facts')), await stat(at('facts'))]
    assert.equal(entry?.unique, `${stats.dev}:${stats.ino}`)
    assert.deepEqual([entry?.size, entry?.mode, entry?.precision, entry?.zone], [5, stats.mode & 0o7777, 'ms', 'utc'])
    assert.equal(entry?.modified?.getTime(), Math.floor(stats.mtimeMs))
  })

  it('writes durably', async () => {
    await put(store, at('durable'), 'text', { durable: true })
    assert.equal(await readFile(at('durable'), 'utf8'), 'text')
  })

  it('says truncated when a file shrinks while it is read', async () => {
    await put(store, at('shrinking'), bytesOf(4 * SLAB_SIZE))
    const source = await store.read(at('shrinking'))
    const first = await source.next()
    assert.ok(!isReceipt(first))
    first.release()
    await truncate(at('shrinking'), 10)
    assert.match((await failure(() => drain(source), 'truncated')).message, /4194304/)
  })

  it('is disk-full when a device has no space', async () => {
    const error = await failure(() => put(store, '/dev/full', 'text'), 'disk-full')
    assert.deepEqual([error.phase, error.path], ['local', '/dev/full'])
    assert.ok(error.hint)
  })

  it('reads and writes devices, which have no positions', async () => {
    assert.equal((await put(store, '/dev/null', bytesOf(3 * SLAB_SIZE))).bytes, 3 * SLAB_SIZE)
    assert.equal((await get(store, '/dev/null')).length, 0)
  })

  it('is permission-denied where the user may not write or read', async () => {
    await store.makeDir(at('closed'))
    await put(store, at('closed/file'), 'text')
    await chmod(at('closed/file'), 0)
    await chmod(at('closed'), 0o555)
    await chmod(dir, 0o755)
    try {
      await asOrdinaryUser(async () => {
        await failure(() => get(store, at('closed/file')), 'permission-denied')
        await failure(() => put(store, at('closed/new'), 'text'), 'permission-denied')
        await failure(() => store.remove(at('closed/file')), 'permission-denied')
      })
    } finally {
      await chmod(at('closed'), 0o755)
    }
  })

  it('translates what else the system says, with path, sentence and hint', async () => {
    await put(store, at('plain'), 'text')
    const error = await failure(() => get(store, at('nowhere')), 'not-found')
    assert.match(error.message, /^No such file or directory: .*nowhere\.$/)
    assert.deepEqual([error.phase, error.path, error.retryable], ['local', at('nowhere'), false])
    assert.ok(error.hint && error.cause instanceof Error)
    await failure(() => get(store, at('plain/below')), 'not-directory')
    await failure(() => store.makeDir(at('plain')), 'exists')
    await failure(() => put(store, dir, 'text'), 'is-directory')
    await failure(() => put(store, at('n'.repeat(300)), 'text'), 'local')
    await failure(() => get(store, 'a\0b'), 'bad-argument')
    await store.link?.(at('circle'), 'circle')
    await failure(() => get(store, at('circle')), 'unsafe-name')
  })

  it('makes a file exclusively, never through a link', async () => {
    await symlink(at('target-of-link'), at('dangling'))
    await failure(() => put(store, at('dangling'), 'text', { exclusive: true }), 'exists')
    assert.equal(await store.stat(at('target-of-link')), undefined)
  })

  it('lists a directory while it changes', async () => {
    await store.makeDir(at('many'))
    for (let i = 0; i < 100; i++) await writeFile(at(`many/${i}`), '')
    let seen = 0
    for await (const entry of store.list(at('many'))) {
      seen++
      if (entry.name !== '0') await rm(at('many/0'), { force: true })
    }
    assert.ok(seen >= 99)
  })

  it('writes pieces of one file side by side', async () => {
    const [left, right] = [await store.write(at('pieces')), await store.write(at('pieces'), { at: { offset: 4 } })]
    await right.write(slabOf([Buffer.from('5678')]))
    await left.write(slabOf([Buffer.from('1234')]))
    await right.finish()
    await left.finish()
    assert.equal(await readFile(at('pieces'), 'utf8'), '12345678')
  })

  it('gives a new file its size at once when it is asked to, and says so where there are no files of that size', async () => {
    const whole = { exclusive: true, size: 3 * SLAB_SIZE, reserve: true }
    await (await store.write(at('reserved'), { at: whole })).finish()
    assert.equal((await stat(at('reserved'))).size, 3 * SLAB_SIZE)
    const beyond = { ...whole, size: Number.MAX_SAFE_INTEGER }
    const error = await failure(() => store.write(at('beyond'), { at: beyond }))
    assert.match(error.code, /^(local|disk-full)$/)
  })

  it('gives up a read that is cancelled while it is under way', async () => {
    await put(store, at('waiting'), bytesOf(3 * SLAB_SIZE))
    const source = await store.read(at('waiting'))
    const pending = failure(() => source.next(), 'closed')
    await source.cancel()
    await pending
  })
})

/** Modes do not bind the superuser, so he steps down for a while; anybody else is bound as he is. */
async function asOrdinaryUser(work: () => Promise<void>): Promise<void> {
  if (process.getuid?.() !== 0 || !process.seteuid) return work()
  process.seteuid(65_534)
  try {
    await work()
  } finally {
    process.seteuid(0)
  }
}
