import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { test } from 'node:test'
import { type FaultAction, startServer, type TestServer } from '../../../../src/testing/index.js'
import { deliver, drain, type RawClient, rawClient, receive } from '../raw-client.js'

const TEN = '0123456789'

async function withFault(
  on: string,
  action: FaultAction,
  run: (client: RawClient, server: TestServer) => Promise<void>,
): Promise<void> {
  const server = await startServer({ files: { '/f': TEN } })
  try {
    const client = await rawClient(server.port, ['demo', 'demo'])
    await client.ask('TYPE I')
    server.addFault({ on, times: 1, do: action })
    await run(client, server)
    client.close()
  } finally {
    await server.close()
  }
}

async function stored(server: TestServer, path: string): Promise<number | undefined> {
  return (await server.store.stat(path))?.size
}

test('a reply of the test takes the place of the command, as often as it was asked for', async () => {
  const server = await startServer()
  server.addFault({ on: ['PWD', 'noop'], skip: 1, times: 2, do: { reply: '550 no' } })
  const client = await rawClient(server.port, ['demo', 'demo'])
  const replies = [await client.ask('PWD'), await client.ask('PWD'), await client.ask('NOOP'), await client.ask('PWD')]
  assert.deepEqual(
    replies.map((reply) => reply.slice(0, 3)),
    ['257', '550', '550', '257'],
  )
  server.addFault({ on: '*', do: { reply: ['200-a', ' b', Buffer.from('200 \xff\r\n', 'latin1')] } })
  assert.equal(await client.ask('DELE f'), '200-a| b|200 \xff')
  server.clearFaults()
  assert.match(await client.ask('PWD'), /^257 /)
  client.close()
  await server.close()
})

test('REST answered without being run makes a server that forgets the offset', () =>
  withFault('REST', { reply: '350 ok' }, async (client) => {
    assert.match(await client.ask('REST 5'), /^350 /)
    assert.equal((await receive(client, 'RETR f')).data.toString(), TEN)
  }))

test('silence swallows one command and answers the next', () =>
  withFault('PWD', { silent: true }, async (client) => {
    client.send('PWD\r\n')
    assert.match(await client.ask('NOOP'), /^200 /)
  }))

test('a delay ends when the client closes', () =>
  withFault('PWD', { delayMs: 3_600_000 }, async (client, server) => {
    client.send('PWD\r\n')
    client.close()
    while (server.sessions > 0) await new Promise(setImmediate)
  }))

test('the control connection is closed or reset, at once or after a reply', async () => {
  await withFault('PWD', { close: true }, async (client) => {
    assert.equal(await client.ask('PWD'), '(closed)')
    assert.equal(await client.closed, 'end')
  })
  await withFault('PWD', { reset: true }, async (client) => {
    client.send('PWD\r\n')
    assert.equal(await client.closed, 'reset')
  })
  await withFault('PWD', { reply: '421 bye', reset: true }, async (client) => {
    assert.equal(await client.ask('PWD'), '421 bye')
    assert.equal(await client.closed, 'reset')
  })
  await withFault('PWD', { reply: '421 bye', close: true }, async (client) => {
    assert.equal(await client.ask('PWD'), '421 bye')
    assert.equal(await client.closed, 'end')
  })
})

test('a greeting can be dripped, refused and endless', async () => {
  const server = await startServer({ faults: [{ on: 'connect', times: 1, do: { drip: true } }] })
  const dripped = await rawClient(server.port)
  assert.match(await dripped.ask(), /^220 /)
  dripped.close()
  server.addFault({ on: 'connect', times: 1, do: { reply: '421 full', close: true } })
  const refused = await rawClient(server.port)
  assert.equal(await refused.ask(), '421 full')
  server.addFault({ on: 'connect', do: { reply: endless } })
  const flooded = connect(server.port, '127.0.0.1')
  let bytes = 0
  for await (const chunk of flooded) {
    bytes += chunk.length
    if (bytes > 5_000_000) break
  }
  await server.close()
})

function* endless(): Generator<string> {
  for (;;) yield `220-${'x'.repeat(10_000)}`
}

test('data cut with an end still answers 226, so that only the size tells', async () => {
  await withFault('RETR', { cutDataAt: 9 }, async (client) => {
    const { data, replies } = await receive(client, 'RETR f')
    assert.equal(data.toString(), '012345678')
    assert.match(replies.at(-1) ?? '', /^226 /)
  })
  await withFault('STOR', { cutDataAt: 4, finalReply: '426 cut' }, async (client, server) => {
    assert.equal((await deliver(client, 'STOR g', TEN)).at(-1), '426 cut')
    assert.equal(await stored(server, '/g'), 4)
  })
})

test('data cut with a reset is reset and answered 426', () =>
  withFault('RETR', { cutDataAt: 0, with: 'reset' }, async (client) => {
    const socket = await client.data()
    const lost = assert.rejects(drain(socket), { code: 'ECONNRESET' })
    await client.ask('RETR f')
    await lost
    assert.match(await client.ask(), /^426 /)
    assert.equal((await receive(client, 'RETR f')).data.toString(), TEN)
  }))

test('the control connection can be lost together with the data', () =>
  withFault('RETR', { cutDataAt: 5, close: true }, async (client) => {
    const socket = await client.data()
    await client.ask('RETR f')
    assert.equal((await drain(socket)).length, 5)
    assert.equal(await client.ask(), '(closed)')
  }))

test('the last reply never comes, and the session answers what follows', () =>
  withFault('RETR', { finalReply: null }, async (client) => {
    const socket = await client.data()
    await client.ask('RETR f')
    assert.equal((await drain(socket)).toString(), TEN)
    assert.match(await client.ask('NOOP'), /^200 /)
  }))

test('the last reply comes before the data', () =>
  withFault('RETR', { finalReplyEarly: true }, async (client) => {
    const socket = await client.data()
    socket.pause()
    assert.match(await client.ask('RETR f'), /^150 /)
    assert.match(await client.ask(), /^226 /)
    assert.equal((await drain(socket)).toString(), TEN)
    assert.match(await client.ask('NOOP'), /^200 /)
  }))

test('a byte is inverted on the way out and on the way in', async () => {
  await withFault('RETR', { flipByteAt: 3 }, async (client) => {
    const { data } = await receive(client, 'RETR f')
    assert.deepEqual(
      [...data],
      [...Buffer.from(TEN)].map((byte, at) => (at === 3 ? ~byte & 0xff : byte)),
    )
  })
  await withFault('STOR', { flipByteAt: 0 }, async (client) => {
    await deliver(client, 'STOR g', 'a')
    const content = await receive(client, 'RETR g')
    assert.deepEqual([...content.data], [~97 & 0xff])
  })
})

test('a listing is what the test says, byte for byte', async () => {
  const lines = ['-rw-r--r-- 1 a a 1 Jan 1 00:00 ../../evil', Buffer.from('no end')]
  await withFault('LIST', { listLines: lines }, async (client) => {
    assert.equal((await receive(client, 'LIST')).data.toString(), `${lines[0]}\r\nno end`)
  })
})

test('an endless listing flows until the client has enough', () =>
  withFault('MLSD', { listLines: endless }, async (client) => {
    const socket: Socket = await client.data()
    await client.ask('MLSD')
    let bytes = 0
    for await (const chunk of socket) {
      bytes += chunk.length
      if (bytes > 5_000_000) break
    }
    assert.match(await client.ask(), /^426 /)
  }))

test('the port that a passive reply names can be dead', () =>
  withFault('EPSV', { noData: true }, async (client) => {
    const port = Number(/\|(\d+)\|/.exec(await client.ask('EPSV'))?.[1])
    const [error] = await once(connect(port, '127.0.0.1'), 'error')
    assert.equal(error.code, 'ECONNREFUSED')
    assert.match(await client.ask('NOOP'), /^200 /)
  }))

test('PASV can lie about its address while its port is open', () =>
  withFault('PASV', { finalReply: '227 Entering Passive Mode (10,1,2,3,4,5)' }, async (client) => {
    assert.match(await client.ask('PASV'), /10,1,2,3,4,5/)
  }))

test('lines that throw end the connection and leave the server running', () =>
  withFault('PWD', { reply: broken }, async (client, server) => {
    client.send('PWD\r\n')
    await client.closed
    const next = await rawClient(server.port, ['demo', 'demo'])
    server.addFault({ on: 'LIST', times: 1, do: { listLines: broken } })
    assert.match((await receive(next, 'LIST')).replies.at(-1) ?? '', /^426 /)
    assert.match(await next.ask('NOOP'), /^200 /)
    next.close()
  }))

function* broken(): Generator<string> {
  yield 'first'
  throw new Error('the test is wrong')
}
