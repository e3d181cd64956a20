import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { connect, MemoryStore } from '../../src/index.js'
import { type SftpServerOptions, startSftpServer } from '../../src/testing/index.js'
import { assertSame, bytesOf, get } from '../conformance/bytes.js'
import { loginTo } from './scene.js'

let dir = ''
before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sallyport-odd-'))
})
after(() => rm(dir, { recursive: true, force: true }))

const big = bytesOf(400_000, 11)
const FILES = {
  '/t/a': 'a',
  '/t/big': big,
  '/t/sub/b': 'b',
  '/t/sub/deep/c': 'c',
  ...Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`/t/many/f${at}`, `file ${at}`])),
}

const no = (...on: string[]): SftpServerOptions => ({ faults: [{ on, do: { status: { code: 8, text: 'No' } } }] })

const SERVERS: [what: string, options: SftpServerOptions][] = [
  ['allows one open handle', { maxHandles: 1 }],
  ['allows one open handle, and one request at a time', { maxHandles: 1, oneAtATime: true }],
  ['knows no FSTAT', no('FSTAT')],
  ['knows no LSTAT', no('LSTAT')],
  ['knows no STAT', no('STAT')],
  ['knows no FSTAT, STAT and LSTAT', no('FSTAT', 'STAT', 'LSTAT')],
  ['has no extensions', { extensions: [] }],
  ['lists names alone', { faults: [{ on: 'READDIR', do: { attributes: 'none', bareNames: true } }] }],
  ['tells no types', { faults: [{ on: ['READDIR', 'LSTAT', 'STAT', 'FSTAT'], do: { attributes: 'untyped' } }] }],
  ['announces longer writes than it takes', { longestWrite: 32 * 1024 }],
  ['tells sizes of 0 until a file is closed', { faults: [{ on: 'FSTAT', do: { size: 0 } }] }],
]

describe('a server that', () => {
  for (const [what, options] of SERVERS)
    for (const max of [1, 3])
      test(`${what}: a tree goes down, up and away whole, over ${max} sessions`, async () => {
        const store = new MemoryStore({ ...FILES, '/up/': '' })
        await using server = await startSftpServer({ store, ...options })
        await using remote = await connect(server.url, loginTo(server, { pool: { max } }))
        const target = join(dir, `${what}-${max}`)
        const down = await remote.download('/t', target, { recursive: true })
        assert.deepEqual([down.files, down.skipped.length], [Object.keys(FILES).length, 0])
        assertSame(await readFile(join(target, 'big')), big)
        assert.equal((await readdir(join(target, 'many'))).length, 20)
        const up = await remote.upload(target, '/up/t', { recursive: true })
        assert.equal(up.files, Object.keys(FILES).length)
        assertSame(await get(store, '/up/t/big'), big)
        assert.equal((await get(store, '/up/t/sub/deep/c')).toString(), 'c')
        // Once more over what is there.
        await remote.upload(target, '/up/t', { recursive: true, overwrite: 'delete-first' })
        assertSame(await get(store, '/up/t/big'), big)
        const removal = remote.removeDir('/up/t', { recursive: true })
        // Without any look a link to a directory cannot be told from one: nothing is removed.
        if (what === 'knows no FSTAT, STAT and LSTAT') await assert.rejects(removal)
        else {
          await removal
          assert.equal(await store.stat('/up/t'), undefined)
        }
      })
})
