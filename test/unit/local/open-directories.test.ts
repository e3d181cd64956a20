import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { disk } from '../../../src/local/disk.js'
import { OpenDirectories, type OpenDirectory } from '../../../src/local/open-directories.js'
import { slabOf } from '../../../src/slab.js'
import { isReceipt, type Store } from '../../../src/store.js'

/** Directories that are only counted. */
function counted(open: (dir: string) => Promise<void> = async () => {}) {
  const opened: string[] = []
  const closed: string[] = []
  const directories = new OpenDirectories(async (dir): Promise<OpenDirectory> => {
    await open(dir)
    const path = `/fd/${opened.push(dir)}`
    return {
      path,
      close: async () => {
        closed.push(dir)
      },
    }
  })
  return { directories, opened, closed }
}

async function visit(directories: OpenDirectories, dir: string): Promise<string> {
  const { path, close } = await directories.enter(dir)
  await close()
  return path
}

describe('directories that stay entered', () => {
  it('are opened once, however often and by however many they are entered', async () => {
    const { directories, opened, closed } = counted()
    const [a, b] = await Promise.all([directories.enter('/d'), directories.enter('/d')])
    assert.equal(a.path, b.path)
    await a.close()
    await b.close()
    assert.equal(await visit(directories, '/d'), a.path)
    assert.deepEqual([opened, closed], [['/d'], []])
  })

  it('are eight at most: the least recently used one is closed', async () => {
    const { directories, opened, closed } = counted()
    for (let at = 0; at < 8; at++) await visit(directories, `/${at}`)
    await visit(directories, '/0')
    assert.deepEqual(closed, [])
    await visit(directories, '/8')
    assert.deepEqual(closed, ['/1'])
    await visit(directories, '/0')
    assert.equal(opened.length, 9)
  })

  it('are not closed under those who still use them', async () => {
    const { directories, closed } = counted()
    const held = await directories.enter('/held')
    const too = await directories.enter('/held')
    for (let at = 0; at < 8; at++) await visit(directories, `/${at}`)
    assert.deepEqual(closed, [])
    await held.close()
    await held.close()
    assert.deepEqual(closed, [])
    await too.close()
    assert.deepEqual(closed, ['/held'])
  })

  it('are entered anew once they are forgotten, with all that is below, and no neighbour', async () => {
    const { directories, opened, closed } = counted()
    for (const dir of ['/a', '/a/b', '/ab']) await visit(directories, dir)
    await directories.forget('/a')
    assert.deepEqual(closed, ['/a', '/a/b'])
    assert.equal(await visit(directories, '/ab'), '/fd/3')
    assert.equal(await visit(directories, '/a'), '/fd/4')
    assert.equal(opened.length, 4)
  })

  it("are all let go by forget('/')", async () => {
    const { directories, closed } = counted()
    const held = await directories.enter('/')
    await visit(directories, '/a')
    await directories.forget('/')
    assert.deepEqual(closed, ['/a'])
    await held.close()
    assert.deepEqual(closed, ['/a', '/'])
  })

  it('keep what was opened meanwhile under the name of one that could not be', async () => {
    let fail = (_: Error): void => {}
    let first = true
    const { directories, opened } = counted(async () => {
      if (!first) return
      first = false
      await new Promise<void>((_, reject) => {
        fail = reject
      })
    })
    const failed = assert.rejects(async () => await directories.enter('/d'), /not there/)
    await directories.forget('/d')
    await visit(directories, '/d')
    fail(new Error('not there'))
    await failed
    await visit(directories, '/d')
    assert.deepEqual(opened, ['/d'])
  })

  it('do not include one that could not be opened', async () => {
    let missing = true
    const { directories, closed } = counted(async () => {
      if (missing) throw new Error('not there')
    })
    const both = await Promise.allSettled([directories.enter('/d'), directories.enter('/d')])
    assert.deepEqual(
      both.map(({ status }) => status),
      ['rejected', 'rejected'],
    )
    missing = false
    const path = await visit(directories, '/d')
    assert.equal(await visit(directories, '/d'), path)
    await directories.forget('/')
    assert.deepEqual(closed, ['/d'])
  })
})

async function put(store: Store, path: string, text: string): Promise<void> {
  const sink = await store.write(path)
  await sink.write(slabOf([Buffer.from(text)]))
  await sink.finish()
}

async function get(store: Store, path: string): Promise<string> {
  const source = await store.read(path)
  let text = ''
  for (let next = await source.next(); !isReceipt(next); next = await source.next()) {
    for (const chunk of next.chunks) text += Buffer.from(chunk).toString()
    next.release()
  }
  return text
}

const held = existsSync('/proc/self/fd')

describe('disk({ root, hold: true })', () => {
  async function room(work: (root: string, store: Store, outside: string) => Promise<void>): Promise<void> {
    const dir = await mkdtemp(join(tmpdir(), 'sallyport-entered-'))
    const root = join(dir, 'root')
    await mkdir(join(root, 'd'), { recursive: true })
    await mkdir(join(dir, 'outside'))
    const store = disk({ root, hold: true })
    try {
      await work(root, store, join(dir, 'outside'))
    } finally {
      await store.close()
      await rm(dir, { recursive: true, force: true })
    }
  }

  it('works on files and directories as ever', () =>
    room(async (_root, store) => {
      await put(store, '/d/a', 'one')
      await store.rename('/d/a', '/d/b')
      assert.equal(await get(store, '/d/b'), 'one')
      assert.equal(await store.stat('/d/a'), undefined)
      await store.remove('/d/b')
      await store.removeDir('/d')
      assert.equal(await store.stat('/d'), undefined)
    }))

  it('enters a directory again that was removed, or renamed, through it', () =>
    room(async (root, store) => {
      await put(store, '/d/a', 'one')
      await store.rename('/d', '/e')
      await store.makeDir('/d')
      await put(store, '/d/a', 'two')
      await put(store, '/e/b', 'three')
      assert.equal(await readFile(join(root, 'd', 'a'), 'utf8'), 'two')
      assert.equal(await readFile(join(root, 'e', 'b'), 'utf8'), 'three')
      await store.remove('/d/a')
      await store.removeDir('/d')
      await store.makeDir('/d')
      await put(store, '/d/c', 'four')
      assert.equal(await readFile(join(root, 'd', 'c'), 'utf8'), 'four')
    }))

  it('finds a directory that somebody else removed and made anew', () =>
    room(async (root, store) => {
      await put(store, '/d/a', 'one')
      await rm(join(root, 'd'), { recursive: true })
      await mkdir(join(root, 'd'))
      await writeFile(join(root, 'd', 'a'), 'another')
      // The one kept open is empty now; a name that is missing in it makes it go.
      assert.equal(await store.stat('/d/a'), undefined)
      assert.equal(await get(store, '/d/a'), 'another')
    }))

  it('stays in the directory it looked at when a link takes its name', { skip: !held }, () =>
    room(async (root, store, outside) => {
      await put(store, '/d/a', 'one')
      await rename(join(root, 'd'), join(root, 'moved'))
      await symlink(outside, join(root, 'd'))
      await put(store, '/d/b', 'two')
      assert.equal(await readFile(join(root, 'moved', 'b'), 'utf8'), 'two')
      assert.equal(existsSync(join(outside, 'b')), false)
    }),
  )

  it('leaves no descriptor open after close(), and works on after it', { skip: !held }, () =>
    room(async (root, store) => {
      const open = async (): Promise<string[]> => {
        const names = await readdir('/proc/self/fd')
        const links = await Promise.all(names.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')))
        return links.filter((path) => path.startsWith(root))
      }
      for (let at = 0; at < 12; at++) {
        await store.makeDir(`/d/${at}`)
        await put(store, `/d/${at}/a`, 'x')
      }
      assert.equal((await open()).length, 8)
      await store.close()
      assert.deepEqual(await open(), [])
      assert.equal(await get(store, '/d/3/a'), 'x')
    }),
  )
})
