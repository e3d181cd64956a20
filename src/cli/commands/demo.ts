import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startProxy, startServer, startSftpServer } from '../../testing/index.js'
import { runScenario, type ScenarioOptions, type ScenarioResult } from '../demo/scenario.js'
import { closingTable, transcript, verdict } from '../demo/transcript.js'
import type { Terminal } from '../report/terminal.js'
import type { Context } from '../work/context.js'

type Dialect = Parameters<typeof startProxy>[0]['dialect']

/** The five types of proxy, and what distinguishes each. */
const PROXY_TYPES: readonly { readonly kind: Dialect; readonly how: string }[] = [
  { kind: 'user', how: "the user's name carries the server: USER user@host" },
  { kind: 'login', how: 'a login at the proxy, then USER user@host' },
  { kind: 'open', how: 'OPEN host, then the login as if there were no proxy' },
  { kind: 'site', how: 'a login at the proxy, then SITE host' },
  { kind: 'other', how: 'the caller sends the proxy its raw commands, then logs in' },
]

const LOGIN = { user: 'ada', password: 'Lovelace-1815' }
const SIZE = 300_001

type Where = Pick<ScenarioOptions, 'directory' | 'file' | 'signal'>

/** Runs the demo scenario through each kind of proxy and over SFTP, on loopback; exit code 0 only when every run succeeded. */
export async function run({ terminal, signal }: Context): Promise<number> {
  const directory = await mkdtemp(join(tmpdir(), 'sallyport-demo-'))
  try {
    const file = join(directory, 'sent.bin')
    await writeFile(file, randomBytes(SIZE))
    const where = { directory, file, signal }
    const server = await startServer({ users: { [LOGIN.user]: LOGIN.password }, anonymous: false })
    try {
      const results: ScenarioResult[] = []
      for (const one of PROXY_TYPES) {
        signal.throwIfAborted()
        results.push(await through(one, { ...where, server: server.url }, terminal))
      }
      signal.throwIfAborted()
      return await printVerdict([...results, await overSftp(where, terminal)], terminal)
    } finally {
      await server.close()
    }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

async function through(
  { kind, how }: (typeof PROXY_TYPES)[number],
  where: Where & Pick<ScenarioOptions, 'server'>,
  terminal: Terminal,
): Promise<ScenarioResult> {
  const proxy = await startProxy({ dialect: kind })
  try {
    const commands = kind === 'other' ? [`SITE GATE ${where.server.slice('ftp://'.length)}`] : undefined
    const result = await runScenario({ ...where, kind: `ftp+${kind}`, proxy: proxy.url, login: LOGIN, commands })
    await show(result, how, terminal)
    return result
  } finally {
    await proxy.close()
  }
}

async function overSftp(where: Where, terminal: Terminal): Promise<ScenarioResult> {
  const server = await startSftpServer({ users: { [LOGIN.user]: LOGIN.password } })
  try {
    const { url, fingerprint: hostKey } = server
    const result = await runScenario({ ...where, kind: 'sftp', server: url, hostKey, login: LOGIN })
    await show(result, `no proxy; the server is known by its host key, ${hostKey}`, terminal)
    return result
  } finally {
    await server.close()
  }
}

async function show({ kind, events }: ScenarioResult, how: string, terminal: Terminal): Promise<void> {
  if (terminal.json || terminal.quiet) return
  await terminal.line([`${kind}: ${how}`, ...transcript(events), ''].join('\n'))
}

async function printVerdict(results: readonly ScenarioResult[], terminal: Terminal): Promise<number> {
  for (const { kind, held, verifiedBy, failed, elapsedMs } of terminal.json ? results : []) {
    const way = kind.startsWith('ftp+') ? { proxy: kind } : { protocol: kind }
    const outcome = { ...way, held, verifiedBy, failed: failed?.step, elapsedMs }
    await terminal.emit({ type: 'result', verb: 'demo', ...outcome })
  }
  if (!terminal.json) await terminal.line([...closingTable(results), '', verdict(results)].join('\n'))
  return results.every(({ failed }) => failed === undefined) ? 0 : 1
}
