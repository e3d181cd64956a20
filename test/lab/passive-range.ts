import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, type TransferEvent } from '../../src/index.js'
import { account, type LabName, startLab } from './lab.js'

/** A server with a narrow range of passive ports, and what is moved to and from it. */
export interface Narrow {
  readonly name: LabName
  readonly ports: number
  readonly pool: number
  readonly files: number
}

/** What came of the trees: waits for a port, other retries, sessions that were opened. */
export interface Moved {
  readonly waits: number
  readonly others: readonly string[]
  readonly logins: number
}

/** The servers, each of which runs out of ports in its own way, and the fewest that it can be given: a range of ProFTPD has two. */
export const SERVERS: readonly (readonly [name: LabName, fewest: number])[] = [
  ['vsftpd', 1],
  ['proftpd', 2],
  ['pure-ftpd', 1],
  ['pyftpdlib', 1],
]

/** Uploads a tree of small files and downloads it again; asserts that every file arrives as it was. */
export async function moveTrees({ name, ports, pool, files }: Narrow): Promise<Moved> {
  const dir = await mkdtemp(join(tmpdir(), 'sallyport-narrow-'))
  await using server = await startLab(name, { passivePorts: ports })
  const seen = { waits: 0, others: [] as string[], logins: 0 }
  const observe = (event: TransferEvent): void => {
    if (event.type === 'connected') seen.logins++
    if (event.type !== 'retry') return
    if (event.error.crowded) seen.waits++
    else seen.others.push(event.error.message)
  }
  const url = `ftp://${account.user}:${account.password}@${server.host}:${server.port}`
  const remote = await connect(url, { proxy: false, observe, pool: { max: pool } })
  try {
    await makeFiles(join(dir, 'up'), files)
    const up = await remote.upload(join(dir, 'up'), 'narrow', { recursive: true })
    const down = await remote.download('narrow', join(dir, 'down'), { recursive: true })
    assert.deepEqual([up.files, down.files], [files, files])
    for (const place of [join(server.home, 'narrow'), join(dir, 'down')]) await assertFiles(place, files)
    return seen
  } finally {
    await remote.close()
    await rm(dir, { recursive: true, force: true })
  }
}

/** About 2 KB, in which no two files are alike. */
function content(at: number): string {
  return `file ${at}\n`.repeat(200)
}

async function makeFiles(dir: string, count: number): Promise<void> {
  await mkdir(dir)
  for (let at = 0; at < count; at++) await writeFile(join(dir, `f${at}`), content(at))
}

async function assertFiles(dir: string, count: number): Promise<void> {
  assert.equal((await readdir(dir)).length, count)
  for (let at = 0; at < count; at++) assert.equal(await readFile(join(dir, `f${at}`), 'utf8'), content(at), `f${at}`)
}
