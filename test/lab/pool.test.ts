import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { connect, type TransferEvent } from '../../src/index.js'
import { startServer } from '../../src/testing/index.js'
import { bytesOf } from '../conformance/bytes.js'
import { account, type LabName, skipWithout, startLab } from './lab.js'

const ALLOWED = 3
const FILES = new Map(Array.from({ length: 60 }, (_, at) => [`f${at}`, bytesOf(20_000 + at * 1_000, at + 1)]))

/** How the session limit of each server is configured. */
const LIMITS: readonly (readonly [LabName, string])[] = [
  ['vsftpd', `max_clients=${ALLOWED}`],
  ['vsftpd', `max_per_ip=${ALLOWED}`],
  ['proftpd-hosts', `MaxClients ${ALLOWED} "Sorry, max %m users -- try again later"`],
  ['proftpd', `MaxClientsPerHost ${ALLOWED}`],
  ['pure-ftpd', `-c ${ALLOWED}`],
  ['pure-ftpd', `-C ${ALLOWED}`],
]

/** ProFTPD counts those that are logging in too: two that come for the last place at once may turn each other away. */
const fewestOf = (name: LabName): number => (name.startsWith('proftpd') ? ALLOWED - 1 : ALLOWED)

/** Which sessions were let in, and which moved files. */
function workers() {
  const letIn = new Set<number>()
  const sessions = new Set<number>()
  const observe = (event: TransferEvent): void => {
    if (event.type === 'reply' && event.code === 230) letIn.add(event.session)
    if (event.type === 'command' && /^(STOR|RETR)/.test(event.text)) sessions.add(event.session)
  }
  return { letIn, sessions, observe }
}

/** A tree goes up and comes down again over a pool of 8, and no file is lost or tried twice. */
async function upAndDown(url: string, path: string, fewest = ALLOWED): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'sallyport-pool-'))
  const { letIn, sessions, observe } = workers()
  const remote = await connect(url, { pool: { max: 8 }, proxy: false, observe })
  try {
    await mkdir(join(dir, 'up'))
    for (const [name, bytes] of FILES) await writeFile(join(dir, 'up', name), bytes)
    const up = await remote.upload(join(dir, 'up'), path, { recursive: true })
    const down = await remote.download(path, join(dir, 'down'), { recursive: true })
    for (const result of [up, down]) assert.deepEqual([result.files, result.retries], [FILES.size, 0])
    for (const [name, bytes] of FILES) assert.ok(bytes.equals(await readFile(join(dir, 'down', name))), name)
    assert.deepEqual(sessions, letIn)
    assert.ok(letIn.size >= fewest && letIn.size <= ALLOWED, `${letIn.size} sessions were let in`)
  } finally {
    await remote.close()
    await rm(dir, { recursive: true, force: true })
  }
}

describe(`a pool of 8 and a server that allows ${ALLOWED}`, () => {
  for (const [name, extra] of LIMITS)
    it(`${name}: ${extra}`, { skip: skipWithout(name), timeout: 120_000 }, async () => {
      await using server = await startLab(name, { extra })
      await upAndDown(
        `ftp://${account.user}:${account.password}@${server.host}:${server.port}`,
        'up/tree',
        fewestOf(name),
      )
    })

  for (const [what, reply] of [
    ['421 at the greeting', undefined],
    ['530 at the login', '530 Sorry, the maximum number of clients for this user is reached.'],
    ['421 at the login', '421 There are too many connected users, please try later.'],
  ] as const)
    it(`the embedded server: ${what}`, async () => {
      await using server = await startServer({ maxSessions: reply ? undefined : ALLOWED })
      if (reply) server.addFault({ on: 'PASS', skip: ALLOWED, do: { reply } })
      await upAndDown(`${server.url.replace('//', '//demo:demo@')}`, '/tree')
    })
})
