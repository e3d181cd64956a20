import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { describe, test } from 'node:test'
import { type ConnectOptions, connect, type TransferEvent } from '../../src/index.js'
import { startServer, startSftpServer } from '../../src/testing/index.js'
import { bytesOf, failure } from '../conformance/bytes.js'
import { cutterTo } from './deaths.js'
import { loginTo } from './scene.js'

describe('an SFTP connection', () => {
  test('answers calls that overlap, each with its own', async () => {
    const contents = Array.from({ length: 40 }, (_, at) => bytesOf(at * 3_331, at + 1))
    const files = Object.fromEntries(contents.map((bytes, at) => [`/d/f${at}`, bytes]))
    await using server = await startSftpServer({ files, shuffle: 8 })
    await using remote = await connect(server.url, loginTo(server))
    const answers = await Promise.all(
      contents.map(async (bytes, at) => {
        const [entry, content] = await Promise.all([remote.stat(`/d/f${at}`), remote.readFile(`/d/f${at}`)])
        return entry?.size === bytes.length && content.equals(bytes)
      }),
    )
    assert.ok(answers.every(Boolean))
    assert.equal(server.sessions, 1)
  })

  test('that was lost between two calls is made again', async () => {
    await using server = await startSftpServer({ files: { '/a': 'a' } })
    let closed = 0
    const observe = (event: TransferEvent): unknown => event.type === 'closed' && closed++
    await using remote = await connect(server.url, loginTo(server, { observe }))
    server.addFault({ on: 'LSTAT', times: 1, do: { close: true } })
    assert.equal((await remote.stat('/a'))?.size, 1, 'a look is asked again on a new session')
    assert.equal(closed, 1)
    assert.equal(server.logins.filter((line) => line.endsWith('none')).length, 2)
  })

  test('that falls silent is found out by its keep-alive and made again', async () => {
    await using server = await startSftpServer({ files: { '/a': 'a' } })
    await using cutter = await cutterTo(server)
    let tell: (reason: string) => void = () => {}
    const closed = new Promise<string>((resolve) => {
      tell = resolve
    })
    const observe: ConnectOptions['observe'] = (event) => event.type === 'closed' && tell(event.reason ?? '')
    const options = loginTo(server, { observe, keepAlive: { idleMs: 40 } })
    await using remote = await connect(`sftp://127.0.0.1:${cutter.port}`, options)
    assert.equal((await remote.stat('/a'))?.size, 1)
    cutter.hold()
    assert.match(await closed, /Keepalive timeout/i)
  })

  test('ends within two seconds, whatever the server does', async () => {
    await using server = await startSftpServer({ files: { '/a': 'a' } })
    await using cutter = await cutterTo(server)
    const remote = await connect(`sftp://127.0.0.1:${cutter.port}`, loginTo(server))
    const waiting = failure(() => remote.stat('/a'), 'closed')
    cutter.hold()
    const began = performance.now()
    await remote.close()
    assert.ok(performance.now() - began < 20_000)
    await waiting
    await remote.close()
  })

  test('leaves no socket, timer or listener behind', async () => {
    const held = (kind: string): number => process.getActiveResourcesInfo().filter((one) => one === kind).length
    const settled = async (): Promise<void> => {
      while (held('TCPSocketWrap') > 0) await new Promise(setImmediate)
    }
    await settled()
    const timers = held('Timeout')
    {
      await using server = await startSftpServer({ files: { '/a': bytesOf(300_000) } })
      const stop = new AbortController()
      let listening = 0
      const add = stop.signal.addEventListener.bind(stop.signal)
      const remove = stop.signal.removeEventListener.bind(stop.signal)
      stop.signal.addEventListener = (...args: Parameters<typeof add>) => {
        listening++
        add(...args)
      }
      stop.signal.removeEventListener = (...args: Parameters<typeof remove>) => {
        listening--
        remove(...args)
      }
      await using remote = await connect(server.url, loginTo(server))
      await remote.readFile('/a', { signal: stop.signal })
      for await (const _ of remote.list('/', { signal: stop.signal }));
      assert.equal(listening, 0)
    }
    await settled() // else the test never ends
    assert.ok(held('Timeout') <= timers)
  })

  test('takes ~ as it is written', async () => {
    await using server = await startSftpServer({ files: { '/~demo/secret': 'x' } })
    await using remote = await connect(server.url, loginTo(server))
    assert.equal((await remote.stat('/~demo/secret'))?.size, 1)
    assert.ok(server.requests.includes('LSTAT /~demo/secret'))
  })
})

describe('the wrong scheme', () => {
  test('is told both ways: SSH where FTP was meant, FTP where SSH was', async () => {
    await using sftp = await startSftpServer()
    const ftpAt = await failure(() => connect(`ftp://127.0.0.1:${sftp.port}`, { proxy: false }), 'wrong-protocol')
    assert.match(ftpAt.hint ?? '', /sftp:\/\//)
    await using ftp = await startServer()
    const options = { proxy: false, sshConfig: false } as const
    const sftpAt = await failure(() => connect(`sftp://me@127.0.0.1:${ftp.port}`, options), 'wrong-protocol')
    assert.match(sftpAt.message, /FTP/)
  })

  test('where nobody says anything ends with the limit', async () => {
    const silent = createServer()
    silent.listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const { port } = silent.address() as { port: number }
    const options = { proxy: false, sshConfig: false, timeouts: { connect: 100 } } as const
    await failure(() => connect(`sftp://me@127.0.0.1:${port}`, options), 'timeout')
    silent.close()
  })
})
