import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { skipWithout, startLab } from '../lab/lab.js'
import { sftpOptions } from '../lab/sftp.js'
import { dieOften } from './deaths.js'
import { victimOf } from './scene.js'

const TIMES = Number(process.env.SALLYPORT_DEATHS ?? 500)

describe(`servers that die at ${TIMES} random moments`, () => {
  it('the embedded one', { timeout: 1_500_000 }, async () => {
    await using victim = await victimOf()
    await dieOften(victim, TIMES, 1)
  })

  it('sshd', { timeout: 1_500_000, skip: skipWithout('sshd') }, async () => {
    await using server = await startLab('sshd', { extra: 'MaxStartups 100' })
    await mkdir(join(server.home, 'many'))
    for (let at = 0; at < 800; at++) await writeFile(join(server.home, 'many', `entry-${at}`), '')
    await writeFile(join(server.home, 'big'), Buffer.alloc(3_000_000, 'y'))
    const options = { ...(await sftpOptions(server)), user: server.user }
    await dieOften(
      { host: server.host, port: server.port, options, file: 'big', list: 'many', write: 'up/new' },
      TIMES,
      2,
    )
  })
})
