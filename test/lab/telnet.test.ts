import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { connect } from '../../src/index.js'
import { account, skipWithout, startLab } from './lab.js'

describe('names with a byte 0xFF on real servers: stored, listed, read, renamed and removed as they are', () => {
  for (const name of ['proftpd', 'vsftpd', 'pure-ftpd'] as const)
    test(name, { skip: skipWithout(name) }, async () => {
      await using server = await startLab(name)
      for (const [encoding, file, bytes] of [
        ['latin1', 'ÿþ.txt', 'fffe2e747874'],
        ['windows-1251', 'заявка.txt', 'e7e0ffe2eae02e747874'],
        ['latin1', 'ÿÿ', 'ffff'],
      ] as const) {
        const remote = await connect(`ftp://${server.host}:${server.port}`, { ...account, encoding })
        try {
          await remote.writeFile(`/up/${file}`, 'content')
          const onDisk = await readdir(join(server.home, 'up'), { encoding: 'buffer' })
          assert.deepEqual(
            onDisk.map((entry) => entry.toString('hex')),
            [bytes],
          )
          const listed: string[] = []
          for await (const entry of remote.list('/up')) listed.push(entry.name)
          assert.deepEqual(listed, [file])
          assert.equal((await remote.readFile(`/up/${file}`)).toString(), 'content')
          assert.equal((await remote.stat(`/up/${file}`))?.size, 7)
          await remote.rename(`/up/${file}`, '/up/plain')
          await remote.rename('/up/plain', `/up/${file}`)
          await remote.remove(`/up/${file}`)
          assert.deepEqual(await readdir(join(server.home, 'up')), [])
        } finally {
          await remote.close()
        }
      }
    })
})
