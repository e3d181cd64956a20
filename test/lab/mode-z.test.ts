import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { connect, type TransferEvent } from '../../src/index.js'
import { account, skipWithout, startLab } from './lab.js'

const FILES = {
  text: Buffer.from('one line is like the next one\n'.repeat(100_000)),
  noise: randomBytes(3_000_000),
  zeros: Buffer.alloc(5_000_000),
  empty: Buffer.alloc(0),
} as const

describe('MODE Z with ProFTPD: down, and not up, where it would damage the file', () => {
  for (const name of ['proftpd', 'proftpd-tls'] as const)
    test(name, { skip: skipWithout(name) }, async () => {
      await using server = await startLab(name)
      const tls = name === 'proftpd-tls'
      const commands: string[] = []
      const warnings: string[] = []
      const observe = (event: TransferEvent): void => {
        if (event.type === 'command') commands.push(event.text)
        if (event.type === 'warning') warnings.push(event.message)
      }
      const dir = await mkdtemp(join(tmpdir(), 'sallyport-mode-z-'))
      const remote = await connect(`${tls ? 'ftpes' : 'ftp'}://${server.host}:${server.port}`, {
        ...account,
        observe,
        ...(tls && { tls: { ca: readFileSync(server.ca) } }),
      })
      try {
        for (const [file, content] of Object.entries(FILES)) {
          await writeFile(join(dir, file), content)
          // ProFTPD refuses the MD5 of an empty file.
          const verify = content.length > 0 ? (['md5'] as const) : (['size'] as const)
          const options = { compress: true, verify }
          const up = await remote.upload(join(dir, file), `/up/${file}`, options)
          assert.deepEqual(
            [up.bytes, up.integrity, up.retries],
            [content.length, content.length > 0 ? 'hashed' : 'sized', 0],
          )
          assert.ok(content.equals(await readFile(join(server.home, 'up', file))))
          const down = await remote.download(`/up/${file}`, join(dir, `${file}.back`), options)
          assert.deepEqual(
            [down.bytes, down.integrity, down.retries],
            [content.length, content.length > 0 ? 'hashed' : 'sized', 0],
          )
          assert.ok(content.equals(await readFile(join(dir, `${file}.back`))))
        }
        const modes = commands.filter((line) => line.startsWith('MODE'))
        const each = Object.keys(FILES).flatMap(() => ['MODE Z', 'MODE S'])
        assert.deepEqual(modes, each.slice(0, -1))
        assert.ok(FILES.text.equals(await remote.readFile('/up/text')))
        await mkdir(join(dir, 'tree'))
        const tree = await remote.download('/up', join(dir, 'tree'), { recursive: true, compress: true })
        assert.equal(tree.files, Object.keys(FILES).length)
        assert.ok(FILES.noise.equals(await readFile(join(dir, 'tree/noise'))))
        assert.equal(warnings.length, Object.keys(FILES).length)
        for (const warning of warnings) assert.match(warning, /damages what it is sent compressed/)
      } finally {
        await remote.close()
        await rm(dir, { recursive: true, force: true })
      }
    })
})
