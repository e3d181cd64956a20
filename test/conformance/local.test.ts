import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { disk } from '../../src/local/disk.js'
import { MemoryStore } from '../../src/memory.js'
import type { Store } from '../../src/store.js'
import { conformance, type Opened } from './store.js'

conformance('memory', async () => ({
  store: new MemoryStore({ '/room/': '' }),
  root: '/room',
  close: async () => {},
}))

conformance('disk', () => inTemporaryDirectory((dir) => ({ store: disk(), root: dir })))

conformance('disk below a root', () => inTemporaryDirectory((dir) => ({ store: disk({ root: dir }), root: '/' })))

conformance('disk below a root, held for one piece of work', () =>
  inTemporaryDirectory((dir) => ({ store: disk({ root: dir, hold: true }), root: '/' })),
)

async function inTemporaryDirectory(open: (dir: string) => { store: Store; root: string }): Promise<Opened> {
  const dir = await mkdtemp(join(tmpdir(), 'sallyport-store-'))
  const { store, root } = open(dir)
  return {
    store,
    root,
    async close() {
      await store.close()
      await rm(dir, { recursive: true, force: true })
    },
  }
}
