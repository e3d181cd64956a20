import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, before, describe, test } from 'node:test'
import { Worker } from 'node:worker_threads'
import * as S from '../../src/sockettools/index.js'
import { startServer, type TestServer } from '../../src/testing/index.js'
import { contentOf, sample, until } from '../wire/scene.js'
import { Thread, type Told } from './thread.js'

const BIG = sample(300_000)
let server: TestServer
/** The main thread, as FtpAttachThread counts. */
const MAIN = 1

before(async () => {
  server = await startServer({ files: { '/a.txt': 'hello', '/big.bin': BIG, '/up/': '' } })
  assert.equal(await S.FtpInitialize(null, null), true)
})

after(async () => {
  await S.FtpUninitialize()
  await server.close()
})

async function connected(options = S.FTP_OPTION_PASSIVE, port = server.port): Promise<number> {
  const client = await S.FtpConnect('127.0.0.1', port, 'demo', 'demo', 10, options, null)
  assert.notEqual(client, S.INVALID_CLIENT)
  return client
}

async function withThreads(count: number, work: (threads: Thread[]) => Promise<void>): Promise<void> {
  const threads = await Promise.all(Array.from({ length: count }, () => Thread.start()))
  try {
    await work(threads)
  } finally {
    await Promise.all(threads.map((thread) => thread.terminate()))
  }
}

describe('a handle belongs to the thread that made it', () => {
  test('another thread is refused, with its own last error; status, transfer status and cancel are allowed', async () => {
    const client = await connected()
    await S.FtpSetLastError(0)
    await withThreads(1, async ([thread]) => {
      assert.ok(thread)
      const got = await thread.call('FtpGetData', client, '/a.txt', {}, { value: 0 })
      assert.deepEqual([got.result, got.lastError], [S.FTP_ERROR, S.ST_ERROR_NOT_HANDLE_OWNER])
      assert.equal((await thread.call('FtpIsConnected', client)).lastError, S.ST_ERROR_NOT_HANDLE_OWNER)
      const text = await thread.call('FtpGetErrorString', got.lastError, { value: '' }, 500)
      assert.match(JSON.stringify(text.args[1]), /Handle not owned by the current thread/)
      assert.equal(await S.FtpGetLastError(), 0, 'the last error of this thread is its own')

      assert.equal((await thread.call('FtpGetStatus', client)).result, S.FTP_STATUS_IDLE)
      assert.equal((await thread.call('FtpCancel', client)).result, 0)
      const status = await thread.call('FtpGetTransferStatus', client, {})
      assert.equal(status.result, true)
      assert.equal((status.args[1] as S.FTPTRANSFERSTATUS).dwBytesTotal, 0)
    })
    assert.equal(await S.FtpDisconnect(client), 221)
  })

  test('FtpAttachThread moves it and answers the previous owner; 0 is the thread that calls', async () => {
    const client = await connected()
    await withThreads(2, async ([first, second]) => {
      assert.ok(first && second)
      assert.equal((await first.call('FtpAttachThread', client, 0)).result, MAIN)
      assert.equal(await S.FtpGetFeatures(client), 0)
      assert.equal(await S.FtpGetLastError(), S.ST_ERROR_NOT_HANDLE_OWNER)
      const got = await first.call('FtpGetData', client, '/a.txt', {}, { value: 0 })
      assert.equal(got.result, 226)
      assert.equal(Buffer.from((got.args[2] as S.Out<Uint8Array>).value).toString(), 'hello')
      assert.deepEqual(got.args[3], { value: 5 })
      assert.equal((await first.call('FtpAttachThread', client, second.id)).result, first.id)
      assert.equal((await second.call('FtpCommand', client, 'NOOP', null)).result, 200)
      assert.equal(await S.FtpAttachThread(client, 0), second.id)
      assert.equal(await S.FtpCommand(client, 'NOOP', null), 200)
    })
    assert.equal(await S.FtpDisconnect(client), 221)
  })

  test('a worker that connected is asked by the main thread, and by another worker', async () => {
    await withThreads(2, async ([holder, other]) => {
      assert.ok(holder && other)
      const options = S.FTP_OPTION_PASSIVE | S.FTP_OPTION_FREETHREAD
      const args = ['127.0.0.1', server.port, 'demo', 'demo', 10, options, null]
      assert.equal((await holder.call('FtpConnect', ...args)).lastError, S.ST_ERROR_NOT_INITIALIZED)
      await holder.call('FtpInitialize')
      const client = Number((await holder.call('FtpConnect', ...args)).result)
      const size = { value: 0 }
      assert.equal(await S.FtpGetFileSize(client, '/big.bin', size), 250)
      assert.equal(size.value, BIG.length)
      assert.equal((await other.call('FtpGetFileSize', client, '/a.txt', {})).result, 250)
      assert.equal((await other.call('FtpDisconnect', client)).result, 221)
      assert.equal(await S.FtpGetFileSize(client, '/a.txt', size), S.FTP_ERROR)
      assert.equal(await S.FtpGetLastError(), S.ST_ERROR_INVALID_CLIENT_HANDLE)
    })
  })
})

describe('FREETHREAD', () => {
  for (const count of [2, 8])
    test(`${count} threads share a handle: their calls run one after the other, no reply goes astray`, async () => {
      const client = await connected(S.FTP_OPTION_PASSIVE | S.FTP_OPTION_FREETHREAD)
      const said = server.commands.length
      await withThreads(count, async (threads) => {
        await Promise.all(threads.map((thread, at) => busy(thread, client, at)))
        for (const [at] of threads.entries()) {
          const content = await contentOf(server, `/up/${count}-${at}.bin`)
          assert.deepEqual(content, contentFor(at))
        }
      })
      assertNotInterleaved(server.commands.slice(said))
      assert.equal(server.commands.slice(said).filter((line) => line.startsWith('USER')).length, 0)
      assert.equal(await S.FtpDisconnect(client), 221)

      async function busy(thread: Thread, handle: number, at: number): Promise<void> {
        const name = `/up/${count}-${at}.bin`
        const bytes = contentFor(at)
        for (let round = 0; round < 3; round++) {
          assert.equal((await thread.call('FtpPutData', handle, name, bytes, bytes.length)).result, 226)
          const got = await thread.call('FtpGetData', handle, name, {}, { value: 0 })
          assert.equal(got.result, 226)
          assert.deepEqual(Buffer.from((got.args[2] as S.Out<Uint8Array>).value), bytes)
          const size = await thread.call('FtpGetFileSize', handle, name, {})
          assert.deepEqual(size.args[2], { value: bytes.length })
        }
      }
    })

  test('threads steal a handle from each other: whoever has it gets the right replies, the others are refused', async () => {
    const client = await connected()
    const said = server.commands.length
    await withThreads(8, async (threads) => {
      const counts = await Promise.all(threads.map(steal))
      assert.ok(counts.every(({ done }) => done > 0))
      async function steal(thread: Thread, at: number): Promise<{ done: number }> {
        let done = 0
        for (let round = 0; done < 3; round++) {
          assert.ok(round < 500, 'nobody gets a turn')
          const previous = Number((await thread.call('FtpAttachThread', client, 0)).result)
          assert.ok(previous === MAIN || threads.some(({ id }) => id === previous), String(previous))
          const name = `/up/stolen-${at}`
          const made = await thread.call('FtpPutData', client, name, contentFor(at), contentFor(at).length)
          if (made.result === 226) done++
          else assert.equal(made.lastError, S.ST_ERROR_NOT_HANDLE_OWNER)
        }
        return { done }
      }
      for (const [at] of threads.entries())
        assert.deepEqual(await contentOf(server, `/up/stolen-${at}`), contentFor(at))
      assertNotInterleaved(server.commands.slice(said))
      await S.FtpAttachThread(client, 0)
    })
    assert.equal(await S.FtpDisconnect(client), 221)
  })
})

/** A length of its own for each thread, so that bytes of another would be seen. */
function contentFor(at: number): Buffer {
  return sample(20_000 + 1_000 * at, at + 1)
}

/** Behind each PASV or EPSV comes the transfer it is for, before anything else. */
function assertNotInterleaved(commands: readonly string[]): void {
  for (const [at, line] of commands.entries()) {
    if (!/^(PASV|EPSV)/.test(line)) continue
    const next = commands[at + 1] ?? 'RETR'
    assert.match(next, /^(RETR|STOR)/, `${line}, then ${next}`)
  }
}

describe('across threads', () => {
  test('bytes come back in a buffer of their own', async () => {
    const client = await connected(S.FTP_OPTION_PASSIVE | S.FTP_OPTION_FREETHREAD)
    await withThreads(1, async ([thread]) => {
      assert.ok(thread)
      assert.equal((await thread.call('FtpOpenFile', client, '/big.bin', S.FTP_FILE_READ, 100)).result, 150)
      const read = await thread.call('FtpRead', client, {}, 70_000)
      assert.equal(read.result, 70_000)
      assert.deepEqual(Buffer.from((read.args[1] as S.Out<Uint8Array>).value), BIG.subarray(100, 70_100))
      assert.equal((await thread.call('FtpCloseFile', client)).result, 226)
    })
    assert.equal(await S.FtpDisconnect(client), 221)
  })

  test('events go to the thread that registered for them', async () => {
    const client = await connected(S.FTP_OPTION_PASSIVE | S.FTP_OPTION_FREETHREAD)
    await withThreads(2, async ([thread, other]) => {
      assert.ok(thread && other)
      const registered = await thread.call('FtpRegisterEvent', client, S.FTP_EVENT_CLOSEFILE, '$event', 'mine')
      assert.equal(registered.result, 0)
      await other.call('FtpGetData', client, '/a.txt', {}, { value: 0 })
      await until(() => thread.events.length > 0, 'the event has come')
      assert.deepEqual(thread.events, [[client, S.FTP_EVENT_CLOSEFILE, 0, 'mine']])
      assert.deepEqual(other.events, [])
    })
    assert.equal(await S.FtpDisconnect(client), 221)
  })

  test('FtpCancel from another thread ends a transfer', async () => {
    const client = await connected()
    server.addFault({ on: 'RETR', times: 1, do: { cutDataAt: 1000, with: 'stall' } })
    const seen: unknown[] = []
    await S.FtpRegisterEvent(client, S.FTP_EVENT_CANCEL, (...event) => seen.push(event), 7)
    await withThreads(1, async ([thread]) => {
      assert.ok(thread)
      const stuck = S.FtpGetData(client, '/big.bin', {}, { value: 0 })
      await until(() => server.commands.at(-1) === 'RETR /big.bin', 'the transfer has begun')
      assert.equal((await thread.call('FtpGetStatus', client)).result, S.FTP_STATUS_GETFILE)
      const status = await thread.call('FtpGetTransferStatus', client, {})
      assert.equal((status.args[1] as S.FTPTRANSFERSTATUS).szRemoteFile, '/big.bin')
      assert.equal((await thread.call('FtpCancel', client)).result, 0)
      assert.equal(await stuck, S.FTP_ERROR)
      assert.equal(await S.FtpGetLastError(), S.ST_ERROR_OPERATION_CANCELED)
      assert.deepEqual(seen, [[client, S.FTP_EVENT_CANCEL, S.ST_ERROR_OPERATION_CANCELED, 7]])
    })
    const content: Partial<S.Out<Uint8Array>> = {}
    assert.equal(await S.FtpGetData(client, '/a.txt', content, { value: 0 }), 226)
    assert.equal(await S.FtpDisconnect(client), 221)
  })
})

describe('threads that end', () => {
  test('a call that waits for a thread that dies fails; so do later ones', async () => {
    await withThreads(1, async ([thread]) => {
      assert.ok(thread)
      await thread.call('FtpInitialize')
      const options = S.FTP_OPTION_PASSIVE | S.FTP_OPTION_FREETHREAD
      const args = ['127.0.0.1', server.port, 'demo', 'demo', 10, options, null]
      const client = Number((await thread.call('FtpConnect', ...args)).result)
      server.addFault({ on: 'RETR', times: 1, do: { cutDataAt: 1000, with: 'stall' } })
      const said = server.commands.length
      const stuck = S.FtpGetData(client, '/big.bin', {}, { value: 0 })
      await until(() => server.commands.slice(said).includes('RETR /big.bin'), 'the transfer has begun')
      await thread.terminate()
      assert.equal(await stuck, S.FTP_ERROR)
      assert.equal(await S.FtpGetLastError(), S.ST_ERROR_THREAD_ENDED)
      await S.FtpSetLastError(0)
      assert.equal(await S.FtpIsConnected(client), false)
      assert.equal(await S.FtpGetLastError(), S.ST_ERROR_THREAD_ENDED)
      assert.equal(await S.FtpAttachThread(client, 0), S.FTP_ERROR)
    })
  })

  test('a handle whose owner has ended is ended, unless it is anybody’s', async () => {
    const own = await connected()
    const free = await connected(S.FTP_OPTION_PASSIVE | S.FTP_OPTION_FREETHREAD)
    await withThreads(1, async ([thread]) => {
      assert.ok(thread)
      await thread.call('FtpAttachThread', own, 0)
      await thread.call('FtpAttachThread', free, 0)
      const open = server.sessions
      await thread.terminate()
      await until(() => server.sessions === open - 1, 'its connection is closed')
    })
    assert.equal(await S.FtpAttachThread(own, 0), S.FTP_ERROR)
    assert.equal(await S.FtpGetLastError(), S.ST_ERROR_THREAD_ENDED)
    assert.equal(await S.FtpCommand(free, 'NOOP', null), 200)
    assert.equal(await S.FtpDisconnect(free), 221)
  })

  test('a thread with an open channel, and nothing else to do, ends by itself', async () => {
    const client = await connected(S.FTP_OPTION_PASSIVE | S.FTP_OPTION_FREETHREAD)
    await withThreads(1, async ([thread]) => {
      assert.ok(thread)
      assert.equal((await thread.call('FtpCommand', client, 'NOOP', null)).result, 200)
      assert.equal(await thread.end(), 0)
    })
    assert.equal(await S.FtpDisconnect(client), 221)
  })

  test('a thread that was asked, and holds nothing any more, ends by itself', async () => {
    await withThreads(1, async ([thread]) => {
      assert.ok(thread)
      await thread.call('FtpInitialize')
      const options = S.FTP_OPTION_PASSIVE | S.FTP_OPTION_FREETHREAD
      const args = ['127.0.0.1', server.port, 'demo', 'demo', 10, options, null]
      const client = Number((await thread.call('FtpConnect', ...args)).result)
      assert.equal(await S.FtpCommand(client, 'NOOP', null), 200)
      assert.equal(await S.FtpDisconnect(client), 221)
      assert.equal(await thread.end(), 0)
    })
  })

  test('a thread that lives for one call only gets its answer, though the holder is busy when it asks', async () => {
    const client = await connected(S.FTP_OPTION_PASSIVE | S.FTP_OPTION_FREETHREAD)
    const busy = new Int32Array(new SharedArrayBuffer(4))
    const module = new URL('../../src/sockettools/index.js', import.meta.url).href
    const source = `
      const { parentPort, workerData } = require('node:worker_threads')
      import(${JSON.stringify(module)}).then(async ({ FtpCommand }) => {
        parentPort.postMessage('ready')
        Atomics.wait(workerData.busy, 0, 0)
        parentPort.postMessage(await FtpCommand(workerData.client, 'NOOP', null))
      })`
    const worker = new Worker(source, { eval: true, workerData: { client, busy } })
    const said: unknown[] = []
    worker.on('message', (word) => {
      said.push(word)
      if (word !== 'ready') return
      Atomics.store(busy, 0, 1)
      Atomics.notify(busy, 0)
      Atomics.wait(busy, 0, 1, 300)
    })
    await once(worker, 'exit')
    assert.deepEqual(said, ['ready', 200])
    assert.equal(await S.FtpDisconnect(client), 221)
  })

  test('numbers that are no handles, from any thread', async () => {
    const client = await connected()
    await withThreads(1, async ([thread]) => {
      assert.ok(thread)
      for (const handle of [S.INVALID_CLIENT, 0, 1, client + 1, 2 ** 53, Number.NaN, '5', null, undefined, {}]) {
        assert.equal(await S.FtpCommand(handle as number, 'NOOP', null), S.FTP_ERROR)
        assert.equal(await S.FtpGetLastError(), S.ST_ERROR_INVALID_CLIENT_HANDLE, String(handle))
        const told: Told = await thread.call('FtpCommand', handle, 'NOOP', null)
        assert.deepEqual([told.result, told.lastError], [S.FTP_ERROR, S.ST_ERROR_INVALID_CLIENT_HANDLE], String(handle))
      }
    })
    assert.equal(await S.FtpDisconnect(client), 221)
  })
})
