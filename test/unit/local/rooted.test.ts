import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { disk } from '../../../src/local/disk.js'
import type { Store } from '../../../src/store.js'
import { failure, get, listed, put } from '../../conformance/bytes.js'

/** Only here are directories held open while they are used, and only here can open descriptors be counted. */
const itByDescriptor = existsSync('/proc/self/fd') ? it : (): void => {}

describe('the disk below a root', () => {
  let top = ''
  let store: Store
  const inside = (name: string): string => join(top, 'root', name)
  const outside = (name: string): string => join(top, 'outside', name)

  beforeEach(async () => {
    top = await mkdtemp(join(tmpdir(), 'sallyport-root-'))
    await mkdir(inside('sub'), { recursive: true })
    await mkdir(outside(''))
    await writeFile(outside('secret'), 'secret')
    store = disk({ root: join(top, 'root') })
  })
  afterEach(() => rm(top, { recursive: true, force: true }))

  const untouched = async (): Promise<void> => {
    assert.deepEqual(await readdir(outside('')), ['secret'])
    assert.equal(await readFile(outside('secret'), 'utf8'), 'secret')
    assert.equal((await stat(outside('secret'))).mode & 0o777, 0o644)
  }

  it('is / to its user', async () => {
    assert.equal(await store.home(), '/')
    await put(store, '/file', 'text')
    assert.equal(await readFile(inside('file'), 'utf8'), 'text')
    assert.deepEqual((await store.stat('/'))?.name, '/')
    assert.deepEqual([...(await listed(store, '/')).keys()].sort(), ['file', 'sub'])
  })

  it('cannot be left by dots', async () => {
    await failure(() => get(store, '/../outside/secret'), 'not-found')
    await put(store, '/../../up', 'text')
    assert.equal(await readFile(inside('up'), 'utf8'), 'text')
    await untouched()
  })

  it('takes no name that could lead out (V1)', async () => {
    for (const path of ['/..\\x', '/sub/..\\..\\x', '/C:\\x', '/x\0y', '/x\ny']) {
      await failure(() => put(store, path, 'x'), 'unsafe-name')
      await failure(() => get(store, path), 'unsafe-name')
      await failure(() => store.makeDir(path), 'unsafe-name')
    }
    assert.deepEqual(await readdir(inside('')), ['sub'])
  })

  it('takes names that are legal but unusual (V10, V21)', async () => {
    for (const name of ['a&b', '%2e%2e', 'a;b', '\u{1f6a2}', '-rf', '~', 'file:', '...']) {
      await put(store, `/${name}`, 'x')
      await stat(inside(name))
    }
  })

  it('does nothing through a link at a parent that leads out (V11)', async () => {
    await symlink(outside(''), inside('x'))
    await symlink('../../outside', inside('sub/relative'))
    for (const way of ['/x', '/sub/relative']) {
      await failure(() => put(store, `${way}/passwd`, 'x'), 'unsafe-name')
      await failure(() => put(store, `${way}/passwd`, 'x', { exclusive: true }), 'unsafe-name')
      await failure(() => get(store, `${way}/secret`), 'unsafe-name')
      await failure(() => store.stat(`${way}/secret`), 'unsafe-name')
      await failure(() => listed(store, way), 'unsafe-name')
      await failure(() => store.remove(`${way}/secret`), 'unsafe-name')
      await failure(() => store.makeDir(`${way}/dir`), 'unsafe-name')
      await failure(() => store.removeDir(`${way}/dir`), 'unsafe-name')
      await failure(() => store.rename(`${way}/secret`, '/stolen'), 'unsafe-name')
      await failure(async () => store.setMode?.(`${way}/secret`, 0o600), 'unsafe-name')
      await failure(async () => store.setTimes?.(`${way}/secret`, new Date(0)), 'unsafe-name')
      await failure(async () => store.link?.(`${way}/link`, 'secret'), 'unsafe-name')
      await failure(async () => store.checksum?.(`${way}/secret`, 'md5'), 'unsafe-name')
    }
    await put(store, '/mine', 'x')
    await failure(() => store.rename('/mine', '/x/mine'), 'unsafe-name')
    await untouched()
  })

  it('does nothing through a link at the target (V11)', async () => {
    await symlink(outside('secret'), inside('target'))
    await symlink(outside('new'), inside('dangling'))
    await put(store, '/mine', 'x')
    for (const path of ['/target', '/dangling']) {
      await failure(() => put(store, path, 'x'), 'unsafe-name')
      await failure(() => put(store, path, 'x', { append: true }), 'unsafe-name')
      await failure(() => put(store, path, 'x', { offset: 3 }), 'unsafe-name')
      await failure(() => put(store, path, 'x', { exclusive: true }), 'exists')
      await failure(() => get(store, path), 'unsafe-name')
      await failure(async () => store.setMode?.(path, 0o600), 'unsafe-name')
      await store.setTimes?.(path, new Date(0))
      assert.equal((await store.stat(path))?.type, 'link')
      await store.remove(path)
    }
    assert.notEqual((await stat(outside('secret'))).mtimeMs, 0)
    await untouched()
  })

  it('makes no link that leads out', async () => {
    for (const target of ['/etc', '../x', '..', 'a/../../x', '..\\x']) {
      await failure(async () => store.link?.('/link', target), 'unsafe-name')
    }
    await failure(async () => store.link?.('/sub/link', '../../x'), 'unsafe-name')
    await store.link?.('/sub/link', '../file')
  })

  it('follows a link at a parent that stays inside', async () => {
    await symlink('sub', inside('near'))
    await put(store, '/near/file', 'text')
    assert.equal(await readFile(inside('sub/file'), 'utf8'), 'text')
    assert.deepEqual([...(await listed(store, '/near')).keys()], ['file'])
  })

  it('may itself be reached through a link', async () => {
    await symlink(join(top, 'root'), join(top, 'alias'))
    const other = disk({ root: join(top, 'alias') })
    await put(other, '/sub/file', 'text')
    assert.equal(await readFile(inside('sub/file'), 'utf8'), 'text')
  })

  it('is not fooled by a sibling whose name begins alike', async () => {
    await mkdir(join(top, 'root-two'))
    await symlink(join(top, 'root-two'), inside('x'))
    await failure(() => put(store, '/x/file', 'x'), 'unsafe-name')
  })

  itByDescriptor('writes nothing outside while a parent is swapped for a link (V11, race)', async () => {
    await mkdir(inside('real'))
    await symlink(outside(''), inside('evil'))
    let done = false
    const swapping = (async () => {
      while (!done) {
        for (const name of ['real', 'evil']) {
          await rename(inside(name), inside('dir'))
          await rename(inside('dir'), inside(name))
        }
      }
    })()
    let written = 0
    for (let i = 0; i < 300; i++) {
      try {
        await put(store, `/dir/file-${i}`, 'x')
        written++
      } catch (error) {
        await failure(() => Promise.reject(error), 'unsafe-name', 'not-found')
      }
    }
    done = true
    await swapping
    await untouched()
    assert.ok(written < 300)
  })

  it('opens no pipe and no device', async () => {
    execFileSync('mkfifo', [inside('pipe')])
    await failure(() => get(store, '/pipe'), 'local')
    await failure(() => put(store, '/pipe', 'x'), 'local')
    assert.equal((await store.stat('/pipe'))?.type, 'other')
  })

  it('shows a name that cannot be used as unreadable', async () => {
    await writeFile(inside('two\nlines'), 'x')
    const entry = (await listed(store, '/')).get('two\nlines')
    assert.equal(entry?.type, 'unreadable')
    assert.ok(entry?.problem)
  })

  it('cannot be removed, replaced or renamed from within', async () => {
    await failure(() => store.removeDir('/'))
    await failure(() => store.remove('/'))
    await failure(() => store.rename('/', '/sub/x'))
    await failure(() => store.rename('/sub', '/'))
    await failure(() => put(store, '/', 'x'), 'is-directory')
    await failure(() => store.makeDir('/'), 'exists')
    assert.deepEqual(await readdir(inside('')), ['sub'])
  })

  it('is not-found until it is there', async () => {
    const late = disk({ root: join(top, 'late') })
    await failure(() => get(late, '/file'), 'not-found')
    await mkdir(join(top, 'late'))
    await put(late, '/file', 'text')
    assert.equal(String(await get(late, '/file')), 'text')
  })

  itByDescriptor('leaves no descriptor open', async () => {
    const open = (): Promise<number> => readdir('/proc/self/fd').then((all) => all.length)
    const before = await open()
    for (let i = 0; i < 20; i++) {
      await put(store, '/file', 'x', { durable: true })
      await get(store, '/file')
      for await (const _ of store.list('/')) break
      await failure(() => get(store, '/sub'))
      await failure(() => put(store, '/file', 'x', { exclusive: true }))
    }
    assert.equal(await open(), before)
  })
})
