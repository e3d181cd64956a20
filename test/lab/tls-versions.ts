import { readFileSync } from 'node:fs'
import { type ConnectOptions, connect, type Remote, type TransferEvent } from '../../src/index.js'
import { account, type LabName, type LabServer } from './lab.js'

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
