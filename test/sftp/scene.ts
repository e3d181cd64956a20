import type { ConnectOptions } from '../../src/index.js'
import { startSftpServer, type TestSftpServer } from '../../src/testing/index.js'
import type { Victim } from './deaths.js'

/** Logs in as demo to the embedded server; nothing of this machine's user is read. */
export function loginTo(server: TestSftpServer, more: ConnectOptions = {}): ConnectOptions {
  return {
    user: 'demo',
    password: 'demo',
    hostKey: { fingerprint: server.fingerprint },
    sshConfig: false,
    proxy: false,
    ...more,
  }
}

/** The embedded server with something to move, for those who cut its wires. */
export async function victimOf(): Promise<Victim & AsyncDisposable> {
  const many = Object.fromEntries(Array.from({ length: 800 }, (_, at) => [`/many/entry-${at}`, '']))
  const server = await startSftpServer({ files: { ...many, '/big': Buffer.alloc(3_000_000, 'y'), '/up/': '' } })
  return {
    host: server.host,
    port: server.port,
    options: loginTo(server),
    file: '/big',
    list: '/many',
    write: '/up/new',
    [Symbol.asyncDispose]: () => server.close(),
  }
}
