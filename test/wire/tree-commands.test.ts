import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { describe } from 'node:test'
import { type Scene, scene, verbs } from './scene.js'

const DIRS = ['', 'a/', 'a/b/', 'c/', 'd/']
const NAMES = DIRS.flatMap((dir) => ['1', '2', '3', '4'].map((name) => `${dir}${name}`))
const timeouts = { connect: 5_000, reply: 5_000, idle: 5_000, confirm: 5_000 }

/** How often each command was sent. */
function counted(server: { readonly commands: readonly string[] }, from: number): Record<string, number> {
  const count: Record<string, number> = {}
  for (const verb of verbs(server, from)) count[verb] = (count[verb] ?? 0) + 1
  return count
}

async function nearTree(s: Scene): Promise<void> {
  for (const dir of DIRS) await mkdir(s.at(`tree/${dir}`), { recursive: true })
  for (const name of NAMES) await writeFile(s.at(`tree/${name}`), name)
}

const files = Object.fromEntries(NAMES.map((name) => [`/tree/${name}`, name]))
const [dirs, count] = [DIRS.length, NAMES.length]

describe('the commands of a tree', () => {
  for (const greeting of ['ready', '(vsFTPd 3.0.3)']) {
    const together = greeting !== 'ready'
    scene(
      `down, '${greeting}': a listing for each directory, and for each file its data connection and RETR`,
      async (s) => {
        const server = await s.server({ files, greeting })
        const remote = await s.connect(server, { timeouts })
        const before = server.commands.length
        await remote.download('/tree', s.at('tree'), { recursive: true })
        const { TYPE, ...rest } = counted(server, before)
        assert.equal(TYPE, together ? undefined : 1)
        const moves = { CWD: dirs, ...(!together && { PWD: 1 }) }
        assert.deepEqual(rest, { ...moves, MLSD: dirs, EPSV: dirs + count, RETR: count })
      },
    )

    scene(`up, '${greeting}': each directory made once, and for each file STOR, SIZE and the rename`, async (s) => {
      const server = await s.server({ greeting })
      const remote = await s.connect(server, { timeouts })
      await nearTree(s)
      const before = server.commands.length
      await remote.upload(s.at('tree'), '/tree', { recursive: true })
      const { TYPE, ...rest } = counted(server, before)
      assert.equal(TYPE, together ? undefined : 1)
      // One look tells whether the directory that was named is there.
      assert.deepEqual(rest, { MLST: 1, MKD: dirs, EPSV: count, STOR: count, SIZE: count, RNFR: count, RNTO: count })
      const made = server.commands.filter((line) => line.startsWith('MKD'))
      assert.equal(new Set(made).size, dirs)
    })

    scene(`up into what is there, '${greeting}': one listing for each directory tells what stands in it`, async (s) => {
      const server = await s.server({ files, greeting })
      const remote = await s.connect(server, { timeouts })
      await nearTree(s)
      const before = server.commands.length
      await remote.upload(s.at('tree'), '/tree', { recursive: true, overwrite: 'rename' })
      const found = counted(server, before)
      assert.deepEqual(
        [found.MLSD, found.STOR, found.RNTO, found.CWD, found.PWD],
        [dirs, count, count, dirs, together ? undefined : 1],
      )
      // MKD of what is there is refused; two looks tell what the refusal meant and that it is a directory.
      assert.deepEqual([found.MKD, found.MLST], [dirs - 1, 1 + 2 * (dirs - 1)])
    })
  }
})
