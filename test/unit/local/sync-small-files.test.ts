import assert from 'node:assert/strict'
import { constants, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { type Handle, SMALL, SyncDisk } from '../../../src/local/sync-small-files.js'

const dir = mkdtempSync(join(tmpdir(), 'sallyport-prompt-'))
after(() => rmSync(dir, { recursive: true }))

const NEW = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL

/** A disk each call of which takes that long. */
function diskThatTakes(ms: () => number): SyncDisk {
  let calls = 0
  let now = 0
  // Asked twice a call: before it and after it.
  return new SyncDisk(() => {
    calls++
    if (calls % 2 === 0) now += ms()
    return now
  })
}

async function opened(disk: SyncDisk, name: string, size: number | undefined = 3) {
  const opening = disk.open(join(dir, name), NEW, size)
  const handle = await opening
  return { handle, atOnce: !(opening instanceof Promise) }
}

async function put(handle: Handle, text: string): Promise<void> {
  await handle.writev([Buffer.from(text)], 0)
  await handle.close()
}

describe('a disk that answers promptly', () => {
  it('is asked at once for a small file, and for nothing else', async () => {
    const disk = diskThatTakes(() => 0)
    const sizes: [number | undefined, boolean][] = [
      [SMALL, true],
      [0, true],
      [SMALL + 1, false],
      [undefined, false],
    ]
    for (const [size, atOnce] of sizes) {
      const opening = disk.open(join(dir, `of-${size}`), NEW, size)
      assert.equal(!(opening instanceof Promise), atOnce, String(size))
      await put(await opening, 'abc')
      assert.equal(readFileSync(join(dir, `of-${size}`), 'utf8'), 'abc')
    }
  })

  it('renames before it answers', () => {
    const disk = diskThatTakes(() => 0)
    assert.equal(disk.rename(join(dir, 'of-0'), join(dir, 'renamed')), undefined)
    assert.ok(existsSync(join(dir, 'renamed')))
  })

  it('throws what the system says', () => {
    const disk = diskThatTakes(() => 0)
    assert.throws(() => disk.open(join(dir, 'renamed'), NEW, 3), { code: 'EEXIST' })
    assert.throws(() => disk.rename(join(dir, 'missing'), join(dir, 'x')), { code: 'ENOENT' })
  })
})

describe('a disk that keeps us waiting', () => {
  it('is waited for elsewhere once its calls take long on average; what is open stays good', async () => {
    const disk = diskThatTakes(() => 1)
    const { handle } = await opened(disk, 'first')
    let files = 0
    for (; files < 100; files++) {
      const { handle: next, atOnce } = await opened(disk, `slow-${files}`)
      await put(next, 'abc')
      if (!atOnce) break
    }
    // 32 calls, two of them a file.
    assert.equal(files, 16)
    const renaming = disk.rename(join(dir, 'slow-0'), join(dir, 'slow-new'))
    assert.ok(renaming instanceof Promise)
    await renaming
    await put(handle, 'abc')
    assert.equal(readFileSync(join(dir, 'first'), 'utf8'), 'abc')
  })

  it('after a single call that took very long', async () => {
    const took = [0, 60]
    const disk = diskThatTakes(() => took.shift() ?? 0)
    const { handle } = await opened(disk, 'long')
    await put(handle, 'abc')
    assert.equal((await opened(disk, 'long-2')).atOnce, false)
  })

  it('not after one that took a while now and then', async () => {
    let calls = 0
    const disk = diskThatTakes(() => (calls++ % 16 === 0 ? 3 : 0))
    for (let files = 0; files < 50; files++) {
      const { handle, atOnce } = await opened(disk, `mostly-${files}`)
      assert.ok(atOnce)
      await put(handle, 'abc')
    }
  })
})
