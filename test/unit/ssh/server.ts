import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import ssh2, { type AuthContext, type Connection, type ServerChannel, type ServerConfig } from 'ssh2'
import { TransferError } from '../../../src/errors.js'
import { openSsh, type SshConnection, type SshOptions } from '../../../src/ssh/connect.js'
import { fingerprintOf } from '../../../src/ssh/keys/host-keys.js'
import { newKeys } from '../../../src/testing/sftp/key.js'
import { directRoute } from '../../../src/transport/route.js'

const direct = directRoute()

/** Made once: keys take time. */
export const hostKey = newKeys(ssh2.utils)
export const otherKey = newKeys(ssh2.utils)
export const userKey = newKeys(ssh2.utils)

/** A public key's bytes from the text that ssh2 makes. */
export function bytesOf(publicText: string): Buffer {
  return Buffer.from(publicText.split(' ')[1] ?? '', 'base64')
}

export const fingerprint = fingerprintOf(bytesOf(hostKey.public))

export interface TestServer extends AsyncDisposable {
  readonly port: number
  /** The methods of every authentication packet so far. */
  readonly attempts: string[]
  /** Sockets of all connections so far, to be cut by tests. */
  readonly sockets: Socket[]
  readonly connections: Connection[]
}

export interface TestServerOptions extends Partial<ServerConfig> {
  /** Decides about an authentication; defaults to accepting all. */
  readonly auth?: (context: AuthContext) => void
  /** false: forwarding is refused. */
  readonly forward?: boolean
  /** Gets the channel of every subsystem that is asked for, as bytes. Absent: there is none. */
  readonly session?: (channel: ServerChannel) => void
}

/** An SSH server on loopback that forwards where it is asked to. */
export async function sshServer({
  auth,
  session,
  forward = true,
  ...config
}: TestServerOptions = {}): Promise<TestServer> {
  const attempts: string[] = []
  const sockets: Socket[] = []
  const connections: Connection[] = []
  const server = new ssh2.Server({ hostKeys: [hostKey.private], ...config }, (connection) => {
    connections.push(connection)
    connection.on('error', () => {})
    connection.on('authentication', (context) => {
      attempts.push(context.method)
      if (auth) auth(context)
      else context.accept()
    })
    connection.on('ready', () => {
      if (session) connection.on('session', (accept) => accept().on('subsystem', (begin) => session(begin())))
      connection.on('tcpip', (accept, reject, { destIP, destPort }) => {
        if (!forward) return reject?.()
        const target = connect({ host: destIP, port: destPort, noDelay: true })
        target.once('error', reject)
        target.once('connect', () => {
          const channel = accept()
          target.off('error', reject).on('error', () => channel.close())
          channel.on('error', () => {})
          channel.pipe(target).pipe(channel)
        })
      })
    })
  })
  const listener = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => {})
    sockets.push(socket)
    server.injectSocket(socket)
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  return {
    port: (listener.address() as AddressInfo).port,
    attempts,
    sockets,
    connections,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      listener.close()
      await once(listener, 'close')
    },
  }
}

/** Opens a connection to a test server. Its host key is trusted unless the options set another check. */
export async function openTo(port: number, options: Partial<SshOptions> = {}): Promise<SshConnection> {
  const wire = await direct.dial({ host: '127.0.0.1', port })
  return await openSsh({
    wire,
    host: '127.0.0.1',
    port,
    user: 'me',
    auth: { password: 'secret' },
    hostKey: { fingerprint },
    limits: { connect: 10_000 },
    ...options,
  })
}

export async function failureOf(work: Promise<unknown>): Promise<TransferError> {
  try {
    await work
  } catch (error) {
    assert(error instanceof TransferError, String(error))
    return error
  }
  assert.fail('it did not fail')
}

export interface TestAgent extends AsyncDisposable {
  readonly path: string
  /** How often it has signed. */
  signed(): number
  /** Resolves when all clients have disconnected. */
  left(): Promise<void>
}

/** An agent on a socket of its own that holds the user's key. It answers nothing when `asked` is given, and calls that. */
export async function sshAgent(asked?: () => void): Promise<TestAgent> {
  const dir = await mkdtemp(join(tmpdir(), 'sallyport-agent-'))
  const path = join(dir, 'agent')
  const key = ssh2.utils.parseKey(userKey.private)
  assert(!(key instanceof Error))
  let signed = 0
  const left: Promise<unknown>[] = []
  const server = createServer((socket) => {
    const agent = new ssh2.AgentProtocol(false)
    agent.on('identities', (request) => {
      if (asked) asked()
      else agent.getIdentitiesReply(request, [key])
    })
    agent.on('sign', (request, _key, data) => {
      signed++
      agent.signReply(request, key.sign(data))
    })
    agent.on('error', () => socket.destroy())
    socket.on('error', () => {})
    left.push(new Promise((resolve) => socket.once('close', resolve)))
    socket.pipe(agent).pipe(socket)
  })
  server.listen(path)
  await once(server, 'listening')
  return {
    path,
    signed: () => signed,
    left: async () => {
      await Promise.all(left)
    },
    [Symbol.asyncDispose]: async () => {
      server.close()
      await once(server, 'close')
      await rm(dir, { recursive: true, force: true })
    },
  }
}
