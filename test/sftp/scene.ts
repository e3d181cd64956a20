import type { ConnectOptions } from '../../src/index.js'
import type { TestSftpServer } from '../../src/testing/index.js'

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
