/**
 * FTP servers, SFTP servers and FTP proxies for tests: they run in the test's process, on loopback, serve files from memory, record
 * every command and reply, and inject faults.
 *
 * ```ts
 * import { startProxy, startServer } from 'sallyport/testing'
 *
 * await using server = await startServer({ files: { '/pub/hello.txt': 'hello' } })
 * await using proxy = await startProxy({ dialect: 'user' })
 * server.addFault({ on: 'RETR', times: 1, do: { cutDataAt: 3, with: 'reset' } })
 * // … run your code against server.url (user demo, password demo), directly or through proxy.url …
 * assert.deepEqual(server.commands.filter((line) => line.startsWith('RETR')), ['RETR hello.txt', 'RETR hello.txt'])
 * ```
 *
 * In plain JavaScript on Node 20 call `close()` in a finally block instead of `await using`.
 *
 * @module
 */
export { MemoryStore } from '../memory.js'
export type { Endpoint } from './network/addresses.js'
export type { Lines, Many, Raw } from './network/control-link.js'
export type { Line } from './network/conversation.js'
export type { Fault, FaultAction } from './network/faults.js'
export type { ServerTls } from './network/tls.js'
export type { DialectName } from './proxy/dialects.js'
export { type ProxyOptions, startProxy, type TestProxy } from './proxy/proxy.js'
export { type ServerOptions, startServer, type TestServer } from './server/server.js'
export type { Account } from './server/session-state.js'
export type { SftpFault, SftpFaultAction } from './sftp/fault.js'
export { type SftpServerOptions, startSftpServer, type TestSftpServer } from './sftp/server.js'
