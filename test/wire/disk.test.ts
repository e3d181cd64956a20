import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { Writable } from 'node:stream'
import { describe } from 'node:test'
import { promisify } from 'node:util'
import { contentOf, entriesOf, FAST, fails, namesIn, sample, scene } from './scene.js'

const run = promisify(execFile)
const FILE = sample(200_000)
const FILES = { '/big.bin': FILE, '/dir/x': 'x', '/other': 'other' }
const IN_TIME = 3 * 10 * (FAST.idle + FAST.reply)

/** Runs work as a user who owns nothing; root may write anywhere. */
async function asNobody<T>(work: () => Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0) return await work()
  process.seteuid?.(65_534)
  try {
    return await work()
  } finally {
    process.seteuid?.(0)
  }
}

/** A file system of 64 KiB; undefined where none can be mounted. */
async function smallDisk(dir: string): Promise<{ close(): Promise<void> } | undefined> {
  try {
    await mkdir(dir)
    await run('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', dir])
  } catch (error) {
    console.log(`# no small tmpfs here, only /dev/full is tried: ${String(error).split('\n')[0]}`)
    return undefined
  }
  return { close: async () => void (await run('umount', [dir])) }
}

describe('a local disk that is full', () => {
  scene('while downloading in place', async (s) => {
    if (!existsSync('/dev/full')) return console.log('# no /dev/full on this system')
    const server = await s.server({ files: FILES })
    const remote = await s.connect(server)
    await fails(remote.download('/big.bin', '/dev/full', { temporary: 'none' }), {
      code: 'disk-full',
      phase: 'local',
      message: /\/dev\/full/,
      hint: /space/,
      within: IN_TIME,
    })
    assert.equal((await remote.readFile('/other')).toString(), 'other')
    assert.equal(server.commands.filter((line) => line.startsWith('USER')).length, 1)
  })

  scene('while downloading under a temporary name: nothing is left, and room is there again', async (s) => {
    const mounted = await smallDisk(s.at('small'))
    if (!mounted) return
    s.keep(mounted)
    const server = await s.server({ files: FILES })
    const remote = await s.connect(server)
    const target = `${s.at('small')}/big.bin`
    await fails(remote.download('/big.bin', target), { code: 'disk-full', phase: 'local', within: IN_TIME })
    assert.deepEqual(await namesIn(s.at('small')), [])
    await remote.download('/other', target)
    assert.equal(await readFile(target, 'utf8'), 'other')
  })
})

describe('a local target that cannot be written', () => {
  scene('for want of permission', async (s) => {
    const server = await s.server({ files: FILES })
    const remote = await s.connect(server)
    await chmod(s.dir, 0o555)
    const denied = { code: 'permission-denied', phase: 'local', hint: /owner|mode/, within: IN_TIME } as const
    try {
      await asNobody(() => fails(remote.download('/other', s.at('x')), denied))
      await asNobody(() => fails(remote.download('/other', s.at('x'), { temporary: 'none' }), denied))
    } finally {
      await chmod(s.dir, 0o755)
    }
    assert.deepEqual(await namesIn(s.dir), [])
    await remote.download('/other', s.at('x'))
  })

  scene('because it is a directory: refused before a byte moves', async (s) => {
    const server = await s.server({ files: FILES })
    const remote = await s.connect(server)
    await fails(remote.download('/other', s.dir), { code: 'is-directory', hint: /file name/ })
    assert.ok(!server.commands.some((line) => line.startsWith('RETR')))
    assert.deepEqual(await namesIn(s.dir), [])
  })

  scene('because its directory is missing', async (s) => {
    const server = await s.server({ files: FILES })
    const remote = await s.connect(server)
    await fails(remote.download('/other', s.at('none/x')), { code: 'not-found', phase: 'local', hint: /director/ })
    assert.deepEqual(await namesIn(s.dir), [])
    assert.equal((await remote.readFile('/other')).toString(), 'other')
  })

  scene('because it exists and must not be overwritten', async (s) => {
    const server = await s.server({ files: FILES })
    const remote = await s.connect(server)
    await writeFile(s.at('x'), 'mine')
    for (const temporary of ['sibling', 'none'] as const)
      await fails(remote.download('/other', s.at('x'), { overwrite: 'never', temporary }), { code: 'exists' })
    assert.equal(await readFile(s.at('x'), 'utf8'), 'mine')
  })

  scene('because a file stands where a directory of the tree should be', async (s) => {
    const server = await s.server({ files: FILES })
    const remote = await s.connect(server)
    await mkdir(s.at('t'))
    await writeFile(s.at('t/dir'), 'mine')
    const error = await fails(remote.download('/', s.at('t'), { recursive: true }), { code: 'incomplete' })
    assert.deepEqual(
      error.failures?.map(({ path }) => path),
      ['/dir'],
    )
    assert.deepEqual(await namesIn(s.at('t')), ['big.bin', 'dir', 'other'])
    assert.equal(await readFile(s.at('t/dir'), 'utf8'), 'mine')
  })

  for (const after of [0, 1])
    scene(`a stream that fails at write ${after + 1}`, async (s) => {
      const server = await s.server({ files: { '/big.bin': sample(5_000_000), '/other': 'other' } })
      const remote = await s.connect(server)
      let writes = 0
      const broken = new Writable({
        write: (_, __, done) => done(writes++ >= after ? new Error('the printer is on fire') : null),
      })
      await fails(remote.download('/big.bin', broken), {
        code: 'local',
        phase: 'local',
        message: /on fire/,
        within: IN_TIME,
      })
      assert.equal((await remote.readFile('/other')).toString(), 'other')
    })
})

describe('a source or target that is not what it should be', () => {
  scene('upload of what does not exist, of a directory, of what may not be read', async (s) => {
    const server = await s.server({ files: FILES })
    const remote = await s.connect(server)
    await fails(remote.upload(s.at('none'), '/in'), { code: 'not-found', message: /none/ })
    await fails(remote.upload(s.dir, '/in'), { code: 'is-directory', hint: /recursive/ })
    await writeFile(s.at('secret'), 'x', { mode: 0 })
    await chmod(s.dir, 0o755)
    await asNobody(() => fails(remote.upload(s.at('secret'), '/in'), { code: 'permission-denied', phase: 'local' }))
    assert.ok(!server.commands.some((line) => line.startsWith('STOR')))
  })

  for (const without of [[], ['MLST', 'MLSD'], ['MLST', 'MLSD', 'SIZE']])
    scene(`a server that lacks ${without.join(', ') || 'nothing'} names what is wrong with a path`, async (s) => {
      const server = await s.server({ files: FILES, without })
      const remote = await s.connect(server)
      await fails(remote.upload(Buffer.from('x'), '/dir'), { code: 'is-directory', message: /\/dir/ })
      await fails(remote.upload(Buffer.from('x'), '/none/x'), { code: 'not-found', message: /none/ })
      await fails(remote.readFile('/none'), { code: 'not-found', message: /none/ })
      await fails(remote.readFile('/dir'), { code: 'is-directory', message: /dir/ })
      await fails(remote.download('/none', s.at('x')), { code: 'not-found' })
      await fails(remote.download('/dir', s.at('x')), { code: 'is-directory' })
      await fails(remote.makeDir('/dir'), { code: 'exists' })
      await fails(remote.removeDir('/other'), { code: ['not-directory', 'refused'] })
      await fails(remote.remove('/none'), { code: 'not-found' })
      // Without MLSD the server's own words decide: it says '550 No such directory' to CWD.
      await fails(entriesOf(remote.list('/other')), { code: ['not-directory', 'not-found'] })
      assert.deepEqual(await namesIn(s.dir), [])
      assert.equal((await contentOf(server, '/other'))?.toString(), 'other')
    })
})
