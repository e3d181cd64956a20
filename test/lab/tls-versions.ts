import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { type ConnectOptions, connect, type Remote, type TransferEvent } from '../../src/index.js'
import { account, type LabName, type LabServer } from './lab.js'

const content = randomBytes(200_000)

export type Version = 'TLSv1.2' | 'TLSv1.3'

/** A real server with TLS, and what can be expected of it. */
export interface TlsServer {
  readonly name: LabName
  readonly scheme: 'ftpes' | 'ftps'
  /** The versions under which it lets data connections resume. */
  readonly resumes: readonly Version[]
}

export const VERSIONS: readonly Version[] = ['TLSv1.2', 'TLSv1.3']

/** Pure-FTPd issues no TLS 1.3 tickets. */
export const TLS_SERVERS: readonly TlsServer[] = [
  { name: 'vsftpd-tls', scheme: 'ftpes', resumes: VERSIONS },
  { name: 'vsftpd-implicit', scheme: 'ftps', resumes: VERSIONS },
  { name: 'proftpd-tls', scheme: 'ftpes', resumes: VERSIONS },
  { name: 'proftpd-implicit', scheme: 'ftps', resumes: VERSIONS },
  { name: 'pure-ftpd-tls', scheme: 'ftpes', resumes: ['TLSv1.2'] },
  { name: 'pyftpdlib-tls', scheme: 'ftpes', resumes: VERSIONS },
]

/** Logs in under exactly this version when one is given. */
export async function connectTls(
  server: LabServer,
  { scheme = 'ftpes', version, ...options }: ConnectOptions & { scheme?: 'ftpes' | 'ftps'; version?: Version },
): Promise<Remote> {
  const versions = version && { minVersion: version, maxVersion: version }
  return await connect(`${scheme}://${server.host}:${server.port}`, {
    ...account,
    ...options,
    tls: { ca: readFileSync(server.ca), ...versions, ...options.tls },
  })
}

/** Counts data connections with TLS, and those of them that resumed the control connection's session. */
export function reuseCounter(): { readonly count: Tally; readonly observe: (event: TransferEvent) => void } {
  const count: Tally = { resumed: 0, total: 0 }
  const observe = (event: TransferEvent): void => {
    if (event.type !== 'secured' || event.channel !== 'data') return
    count.total++
    if (event.reused) count.resumed++
  }
  return { count, observe }
}

export interface Tally {
  resumed: number
  total: number
}

/**
 * Transfers of every kind, an empty file among them, until so many data connections with TLS were counted. Each is checked by what
 * it brought.
 */
export async function mixedTransfers(remote: Remote, dir: string, { count }: { count: Tally }): Promise<void> {
  await remote.makeDir(dir)
  for (let round = 0; count.total < 50; round++) {
    const path = `${dir}/${round % 5}`
    const bytes = content.subarray(0, round * 1000)
    await remote.upload(bytes, path, { temporary: round % 2 ? 'none' : 'sibling' })
    assert.deepEqual(await remote.readFile(path), bytes)
    const names: string[] = []
    for await (const entry of remote.list(dir)) names.push(entry.name)
    assert.ok(names.includes(String(round % 5)))
  }
}
