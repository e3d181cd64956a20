import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { contentOf, fails, sample, scene, verbs } from './scene.js'

const FILE = sample(10_000)

describe('files in pieces', () => {
  scene('reading begins at an offset', async ({ server, connect }) => {
    const there = await server({ files: { '/a': FILE } })
    const remote = await connect(there)
    const file = await remote.open('/a', 'r', { from: 4_000 })
    assert.deepEqual(await file.read(1_000), FILE.subarray(4_000, 5_000))
    assert.deepEqual(await file.read(100_000), FILE.subarray(5_000))
    await file.close()
    assert.ok(there.commands.includes('REST 4000'))
  })

  scene('writing begins at an offset and keeps what stands before it', async ({ server, connect }) => {
    const there = await server({ files: { '/a': FILE.subarray(0, 6_000) } })
    const remote = await connect(there)
    const file = await remote.open('/a', 'w', { from: 4_000 })
    await file.write(FILE.subarray(4_000))
    await file.close()
    assert.deepEqual(await contentOf(there, '/a'), FILE)
  })

  scene('a type of its own: line ends are converted', async ({ server, connect }) => {
    const there = await server({ files: { '/a': 'one\ntwo\n' } })
    const remote = await connect(there)
    const file = await remote.open('/a', 'r', { type: 'ascii' })
    assert.equal((await file.read(100)).toString(), 'one\ntwo\n')
    await file.close()
    assert.ok(there.commands.includes('TYPE A'))
  })

  scene('adding to the end has no offset', async ({ server, connect }) => {
    const there = await server({ files: { '/a': FILE } })
    const remote = await connect(there)
    const said = there.commands.length
    await fails(remote.open('/a', 'a', { from: 5 }), { code: 'bad-argument', message: /from/ })
    assert.deepEqual(verbs(there, said), [])
  })
})
