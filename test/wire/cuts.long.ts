import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { connect, MemoryStore, type Remote } from '../../src/index.js'
import { startServer } from '../../src/testing/index.js'
import { bytesOf, get, random } from '../conformance/bytes.js'

const TIMES = Number(process.env.SALLYPORT_CUTS ?? 300)
const SIZE = 2_000_003
const pick = random(20_261_122)

/** Moves a file while its data connection is cut at random bytes, until a try gets through. Answers how many were cut. */
async function untilWhole(cut: () => void, move: () => Promise<unknown>): Promise<number> {
  for (let cuts = 0; ; cuts++) {
    if (cuts < 3) cut()
    try {
      await move()
      return cuts
    } catch (error) {
      assert.equal((error as { name?: string }).name, 'TransferError')
      assert.ok(cuts < 10, String(error))
    }
  }
}

describe(`data connections cut at random bytes, ${TIMES} files each way`, () => {
  const bytes = bytesOf(SIZE, 5)

  async function scene(
    work: (remote: Remote, cut: (verb: string) => void, store: MemoryStore, dir: string) => Promise<void>,
  ): Promise<void> {
    const store = new MemoryStore({ '/file': bytes })
    const dir = await mkdtemp(join(tmpdir(), 'sallyport-cuts-'))
    await using server = await startServer({ store })
    await using remote = await connect(server.url, { timeouts: { idle: 2_000, reply: 2_000 }, proxy: false })
    const cut = (verb: string): void => {
      server.clearFaults()
      server.addFault({ on: verb, times: 1, do: { cutDataAt: pick(SIZE), with: pick(2) === 0 ? 'end' : 'reset' } })
    }
    try {
      await work(remote, cut, store, dir)
    } finally {
      await rm(dir, { recursive: true, force: true })
    }
  }

  it('downloads that are resumed are byte-identical', { timeout: 1_200_000 }, () =>
    scene(async (remote, cut, _store, dir) => {
      const target = join(dir, 'file')
      for (let time = 0; time < TIMES; time++) {
        await untilWhole(
          () => cut('RETR'),
          () => remote.download('/file', target, { resume: true }),
        )
        assert.ok(bytes.equals(await readFile(target)))
        assert.deepEqual(await readdir(dir), ['file'])
        await rm(target)
      }
    }),
  )

  it('uploads that are resumed are byte-identical', { timeout: 1_200_000 }, () =>
    scene(async (remote, cut, store, dir) => {
      const source = join(dir, 'source')
      await writeFile(source, bytes)
      for (let time = 0; time < TIMES; time++) {
        await untilWhole(
          () => cut('STOR'),
          () => remote.upload(source, `/up-${time}`, { resume: true }),
        )
        assert.ok(bytes.equals(await get(store, `/up-${time}`)))
        await store.remove(`/up-${time}`)
      }
      assert.deepEqual(await readdir(dir), ['source'])
    }),
  )
})
