import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { describe, type TestContext, test } from 'node:test'
import { type ConnectOptions, TransferError } from '../../src/index.js'
import { startProxy } from '../../src/testing/index.js'
import { OTHER } from '../wire/other-host.js'
import { type LabName, type LabServer, skipWithout, startLab } from './lab.js'
import { sharedLab } from './shared.js'
import {
  connectTls,
  mixedTransfers,
  reuseCounter,
  TLS_SERVERS,
  type TlsServer,
  VERSIONS,
  type Version,
} from './tls-versions.js'
import { proxyFor, type Start, TUNNELS } from './ways.js'

/** A way to a server, as the columns of the matrix have them. */
interface Way {
  readonly programs: readonly LabName[]
  /** Answers what `use` does with what connect() needs for it. */
  along(start: Start, server: LabServer, use: (options: ConnectOptions) => Promise<string>): Promise<string>
  /** Why a server cannot be reached over it, as the error says it before anything is dialled. */
  readonly refused?: (server: TlsServer) => RegExp | undefined
}

function tunnel(title: keyof typeof TUNNELS): Way {
  return {
    programs: TUNNELS[title].map(({ program }) => program),
    async along(start, _, use) {
      return await use({ proxy: await Promise.all(TUNNELS[title].map((hop) => proxyFor(start, hop))) })
    },
  }
}

const WAYS = {
  direct: { programs: [], along: async (_start, _server, use) => await use({}) },
  'SOCKS 5 (Dante)': tunnel('SOCKS 5 (Dante)'),
  'SOCKS 5h (microsocks)': tunnel('SOCKS 5h (microsocks)'),
  'CONNECT (Squid)': tunnel('CONNECT (Squid)'),
  'CONNECT (tinyproxy)': tunnel('CONNECT (tinyproxy)'),
  'CONNECT over TLS (Squid)': {
    programs: ['squid', 'stunnel'],
    async along(start, _, use) {
      const { httpPort } = await start('squid')
      await using gate = await startLab('stunnel', httpPort === undefined ? {} : { target: httpPort })
      const tls = { ca: await readFile(gate.ca) }
      return await use({ proxy: { dialect: 'https', host: gate.host, port: gate.port, tls } })
    },
  },
  'SSH jump (sshd)': tunnel('an SSH jump (sshd)'),
  // No FTP proxy of Debian passes AUTH on, so it is the embedded one.
  'ftp+open (embedded)': {
    programs: [],
    async along(_, { port }, use) {
      await using proxy = await startProxy({ dialect: 'open', host: OTHER, dataPorts: [port + 4, port + 43] })
      return await use({ proxy: proxy.url })
    },
    refused: ({ scheme }) =>
      scheme === 'ftps' ? /Implicit TLS \(ftps:\/\/\) cannot begin behind an FTP proxy/ : undefined,
  },
} satisfies Readonly<Record<string, Way>>

/** One line of the matrix; scripts/node-matrix.mjs makes a table of them. */
export function tellCell(
  t: TestContext,
  cell: { server: string; mode: string; version: string; way: string; says: string },
): void {
  t.diagnostic(['cell', process.version, cell.server, cell.mode, cell.version, cell.way, cell.says].join(' | '))
}

async function fifty(server: LabServer, row: Row, options: ConnectOptions): Promise<string> {
  const { count, observe } = reuseCounter()
  const remote = await connectTls(server, { scheme: row.scheme, version: row.version, observe, ...options })
  try {
    assert.equal(remote.security?.protocol, row.version)
    await mixedTransfers(remote, `/up/${row.way.replace(/\W+/g, '-')}-${row.version}`, { count })
    const all = row.resumes.includes(row.version)
    assert.equal(count.resumed, all ? count.total : 0)
    return `${count.resumed}/${count.total} resumed${all ? '' : ', the server issues no tickets'}`
  } finally {
    await remote.close()
  }
}

type Row = TlsServer & { readonly version: Version; readonly way: string }

async function cell(start: Start, row: Row, way: Way): Promise<string> {
  const server = await start(row.name)
  const refusal = way.refused?.(row)
  return await way.along(start, server, async (options) => {
    if (!refusal) return await fifty(server, row, options)
    const error: unknown = await connectTls(server, { scheme: row.scheme, ...options }).catch((thrown) => thrown)
    assert.ok(error instanceof TransferError && error.code === 'bad-argument', String(error))
    assert.match(error.message, refusal)
    return `refused before anything is dialled: ${error.message}`
  })
}

/** Declares the tests of these columns: fifty mixed transfers with every server under every version. */
export function matrix(...titles: readonly (keyof typeof WAYS)[]): void {
  const start = sharedLab()
  for (const title of titles)
    describe(`fifty mixed transfers, ${title}: every data connection resumed where the server resumes any`, () => {
      const way: Way = WAYS[title]
      for (const server of TLS_SERVERS)
        for (const version of VERSIONS)
          test(`${server.name} ${version}`, { skip: skipWithout(server.name, ...way.programs) }, async (t) => {
            const about = { server: server.name, mode: server.scheme, version, way: title }
            try {
              tellCell(t, { ...about, says: await cell(start, { ...server, version, way: title }, way) })
            } catch (error) {
              tellCell(t, { ...about, says: `FAILED: ${String(error).split('\n')[0]}` })
              throw error
            }
          })
    })
}
