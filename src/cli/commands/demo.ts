import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startProxy, startServer, startSftpServer } from '../../testing/index.js'
import { closingTable, conversation, verdict } from '../demo/account.js'
import { type Passage, type PassageOptions, passThrough } from '../demo/passage.js'
import type { Terminal } from '../report/terminal.js'
import type { Context } from '../work/context.js'

type Dialect = Parameters<typeof startProxy>[0]['dialect']

/** The five types of proxy, and what is special about each. */
const FIVE: readonly { readonly kind: Dialect; readonly how: string }[] = [
  { kind: 'user', how: "the user's name carries the server: USER user@host" },
  { kind: 'login', how: 'a login at the proxy, then USER user@host' },
  { kind: 'open', how: 'OPEN host, then the login as if there were no proxy' },
  { kind: 'site', how: 'a login at the proxy, then SITE host' },
  { kind: 'other', how: 'the caller says it all with raw commands, then logs in' },
]

const LOGIN = { user: 'ada', password: 'Lovelace-1815' }
const SIZE = 300_001

type Where = Pick<PassageOptions, 'directory' | 'file' | 'signal'>

/** The main job through each kind of proxy and over SFTP, on loopback; exit code 0 only when all of it held. */
export async function run({ terminal, signal }: Context): Promise<number> {
  const directory = await mkdtemp(join(tmpdir(), 'sallyport-demo-'))
  try {
    const file = join(directory, 'sent.bin')
    await writeFile(file, randomBytes(SIZE))
    const where = { directory, file, signal }
    const server = await startServer({ users: { [LOGIN.user]: LOGIN.password }, anonymous: false })
    try {
      const passages: Passage[] = []
      for (const one of FIVE) {
        signal.throwIfAborted()
        passages.push(await through(one, { ...where, server: server.url }, terminal))
      }
      signal.throwIfAborted()
      return await conclude([...passages, await overSftp(where, terminal)], terminal)
    } finally {
      await server.close()
    }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

async function through(
  { kind, how }: (typeof FIVE)[number],
  where: Where & Pick<PassageOptions, 'server'>,
  terminal: Terminal,
): Promise<Passage> {
  const proxy = await startProxy({ dialect: kind })
  try {
    const commands = kind === 'other' ? [`SITE GATE ${where.server.slice('ftp://'.length)}`] : undefined
    const passage = await passThrough({ ...where, kind: `ftp+${kind}`, proxy: proxy.url, login: LOGIN, commands })
    await show(passage, how, terminal)
    return passage
  } finally {
    await proxy.close()
  }
}

async function overSftp(where: Where, terminal: Terminal): Promise<Passage> {
  const server = await startSftpServer({ users: { [LOGIN.user]: LOGIN.password } })
  try {
    const { url, fingerprint: hostKey } = server
    const passage = await passThrough({ ...where, kind: 'sftp', server: url, hostKey, login: LOGIN })
    await show(passage, `no proxy; the server is known by its host key, ${hostKey}`, terminal)
    return passage
  } finally {
    await server.close()
  }
}

async function show({ kind, events }: Passage, how: string, terminal: Terminal): Promise<void> {
  if (terminal.json || terminal.quiet) return
  await terminal.line([`${kind}: ${how}`, ...conversation(events), ''].join('\n'))
}

async function conclude(passages: readonly Passage[], terminal: Terminal): Promise<number> {
  for (const { kind, held, verifiedBy, failed, elapsedMs } of terminal.json ? passages : []) {
    const way = kind.startsWith('ftp+') ? { proxy: kind } : { protocol: kind }
    const outcome = { ...way, held, verifiedBy, failed: failed?.part, elapsedMs }
    await terminal.emit({ type: 'result', verb: 'demo', ...outcome })
  }
  if (!terminal.json) await terminal.line([...closingTable(passages), '', verdict(passages)].join('\n'))
  return passages.every(({ failed }) => failed === undefined) ? 0 : 1
}
