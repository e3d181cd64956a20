import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { TransferError } from '../../../src/errors.js'
import { MemoryStore } from '../../../src/memory.js'
import { type ServerOptions, startServer, type TestServer } from '../../../src/testing/index.js'
import { freePorts } from '../../ports.js'
import { awaitData, deliver, drain, type RawClient, rawClient, receive } from './raw-client.js'

const DEMO = ['demo', 'demo'] as const

async function withServer(
  options: ServerOptions,
  run: (client: RawClient, server: TestServer) => Promise<void>,
): Promise<void> {
  const server = await startServer(options)
  try {
    const client = await rawClient(server.port, DEMO)
    await run(client, server)
    client.close()
  } finally {
    await server.close()
  }
}

test('a login goes through greeting, USER and PASS, and a wrong password is refused', async () => {
  const server = await startServer({ greeting: ['hello', 'there'] })
  const client = await rawClient(server.port)
  assert.equal(await client.ask(), '220-hello|220 there')
  assert.equal(await client.ask('PWD'), '530 Please login with USER and PASS.')
  assert.match(await client.ask('USER demo'), /^331 /)
  assert.match(await client.ask('PASS nope'), /^530 /)
  assert.match(await client.ask('PASS demo'), /^503 /)
  assert.match(await client.ask('USER demo'), /^331 /)
  assert.match(await client.ask('PASS demo'), /^230 /)
  assert.equal(await client.ask('PWD'), '257 "/" is the current directory.')
  assert.match(await client.ask('QUIT'), /^221 /)
  assert.equal(await client.closed, 'end')
  await server.close()
})

test('an account is asked for with 332, an empty password needs no PASS, anonymous gets in unless it is turned off', async () => {
  const users = { acc: { password: 'p', account: 'a' }, free: '' }
  const server = await startServer({ users, anonymous: false })
  const client = await rawClient(server.port)
  await client.ask()
  await client.ask('USER acc')
  assert.match(await client.ask('PASS p'), /^332 /)
  assert.match(await client.ask('PWD'), /^530 /)
  assert.match(await client.ask('ACCT b'), /^530 /)
  await client.ask('USER acc')
  await client.ask('PASS p')
  assert.match(await client.ask('ACCT a'), /^230 /)
  assert.match(await client.ask('USER free'), /^230 /)
  assert.match(await client.ask('USER anonymous'), /^331 /)
  assert.match(await client.ask('PASS me@home'), /^530 /)
  client.close()
  await server.close()
})

test('secrets are masked in the conversation', async () => {
  const server = await startServer({ users: { me: { password: 'tellnobody', account: 'hushhush' } } })
  const client = await rawClient(server.port, ['me', 'tellnobody'])
  await client.ask('acct hushhush')
  assert.deepEqual(server.commands, ['USER me', 'PASS ****', 'acct ****'])
  assert.doesNotMatch(JSON.stringify(server.conversation), /tellnobody|hushhush/)
  client.close()
  await server.close()
})

test('a file comes whole in passive and active mode, by PASV, EPSV, PORT and EPRT', async () => {
  const content = Buffer.alloc(3_000_000, 'sallyport')
  await withServer({ files: { '/f': content } }, async (client, server) => {
    await client.ask('TYPE I')
    for (const verb of ['PASV', 'EPSV'] as const) {
      const socket = await client.data(verb)
      assert.match(await client.ask('RETR f'), /^150 .*\(3000000 bytes\)/)
      assert.deepEqual(await drain(socket), content)
      assert.match(await client.ask(), /^226 /)
    }
    for (const verb of ['PORT', 'EPRT'] as const) {
      const { port, six, arrived } = await awaitData()
      assert.match(await client.ask(verb === 'PORT' ? `PORT ${six}` : `EPRT |1|127.0.0.1|${port}|`), /^200 /)
      assert.match(await client.ask('RETR f'), /^150 /)
      assert.deepEqual(await drain(await arrived), content)
      assert.match(await client.ask(), /^226 /)
    }
    assert.equal(server.dataConnections, 4)
  })
})

test('REST starts a download in the middle and an upload at an offset; APPE adds; STOU finds a free name', async () => {
  await withServer({ files: { '/f': '0123456789' } }, async (client) => {
    await client.ask('TYPE I')
    assert.match(await client.ask('REST 7'), /^350 /)
    assert.equal((await receive(client, 'RETR f')).data.toString(), '789')
    assert.equal((await receive(client, 'RETR f')).data.toString(), '0123456789')
    await client.ask('REST 8')
    assert.match((await deliver(client, 'STOR f', 'xyz')).at(-1) ?? '', /^226 /)
    await deliver(client, 'APPE f', '!')
    assert.equal((await receive(client, 'RETR f')).data.toString(), '01234567xyz!')
    assert.match((await deliver(client, 'STOU f', 'other'))[0] ?? '', /^150 FILE: f\.2$/)
    assert.equal((await receive(client, 'RETR f.2')).data.toString(), 'other')
    await client.ask('REST 99')
    assert.match((await receive(client, 'RETR f')).replies[0] ?? '', /^554 /)
  })
})

test('TYPE A sends LF as CRLF, stores CRLF as LF, and refuses SIZE', async () => {
  await withServer({ files: { '/t': 'a\nb\r\nc' } }, async (client) => {
    assert.equal((await receive(client, 'RETR t')).data.toString(), 'a\r\nb\r\r\nc')
    await deliver(client, 'STOR u', 'one\r\ntwo\rthree\r\n\r')
    assert.match(await client.ask('SIZE u'), /^550 /)
    await client.ask('TYPE I')
    assert.equal((await receive(client, 'RETR u')).data.toString(), 'one\ntwo\rthree\n\r')
    assert.equal(await client.ask('SIZE u'), '213 15')
  })
})

test('names with blanks, arrows, quotes, UTF-8 and bytes that are no UTF-8 work and come back as they were', async () => {
  const names = [' lead', 'a b [1] -> c', 'say "hi"', 'ünï', 'bad\udcff\udce9']
  const files = Object.fromEntries(names.map((name) => [`/${name}`, name]))
  await withServer({ files }, async (client) => {
    const { data } = await receive(client, 'NLST')
    const expected = Buffer.concat(names.map((name) => Buffer.from(`${wire(name)}\r\n`, 'latin1')))
    assert.deepEqual(data, expected)
    for (const name of names) {
      client.send(Buffer.from(`MDTM ${wire(name)}\r\n`, 'latin1'))
      assert.match(await client.ask(), /^213 /, name)
    }
    assert.match(await client.ask('MKD a "b"'), /^257 "\/a ""b""" created/)
  })
})

/** A name as the bytes on the wire, each as one Latin-1 character. */
function wire(name: string): string {
  return [...name]
    .map((c) =>
      /[\udc80-\udcff]/.test(c) ? String.fromCharCode(c.charCodeAt(0) - 0xdc00) : Buffer.from(c).toString('latin1'),
    )
    .join('')
}

test('LIST, MLSD and MLST say type, size, time and mode; the DOS style can be had', async () => {
  const files = { '/d/f.txt': '12345', '/d/sub/': '' }
  await withServer({ files }, async (client, server) => {
    await client.ask('MFMT 20200102030405 d/f.txt')
    await client.ask('SITE CHMOD 640 d/f.txt')
    const unix = (await receive(client, 'LIST -la d')).data.toString()
    assert.match(unix, /^-rw-r-----\s+1 ftp\s+ftp\s+5 Jan {2}2 {2}2020 f\.txt\r\ndrwxr-xr-x .* sub\r\n$/)
    const facts = (await receive(client, 'MLSD d')).data.toString()
    assert.match(facts, /^type=cdir;.* \.\r\ntype=pdir;.* \.\.\r\n/)
    assert.match(facts, /type=file;size=5;modify=20200102030405;perm=adfrw;.*UNIX\.mode=0640; f\.txt\r\n/)
    assert.match(await client.ask('OPTS MLST Size;Type;'), /^200 MLST OPTS type;size;$/)
    assert.equal(await client.ask('MLST d/f.txt'), '250-Listing /d/f.txt| type=file;size=5; /d/f.txt|250 End')
    const dos = await startServer({ store: server.store, listStyle: 'dos' })
    const other = await rawClient(dos.port, DEMO)
    assert.match(
      (await receive(other, 'LIST d')).data.toString(),
      /^01-02-20 {2}03:04AM +5 f\.txt\r\n.*<DIR> +sub\r\n$/,
    )
    other.close()
    await dos.close()
  })
})

test('directories are made, entered, renamed and removed, and the faults of the store are 550', async () => {
  await withServer({ files: { '/f': 'x' } }, async (client) => {
    assert.match(await client.ask('MKD new'), /^257 "\/new" /)
    assert.match(await client.ask('MKD new'), /^550 File exists/)
    assert.match(await client.ask('CWD new'), /^250 /)
    assert.match(await client.ask('XPWD'), /^257 "\/new"/)
    assert.match(await client.ask('CDUP'), /^250 /)
    assert.match(await client.ask('CWD f'), /^550 /)
    assert.match(await client.ask('RNTO g'), /^503 /)
    assert.match(await client.ask('RNFR f'), /^350 /)
    assert.match(await client.ask('RNTO new/g'), /^250 /)
    assert.match(await client.ask('RMD new'), /^550 /)
    assert.match(await client.ask('DELE new/g'), /^250 /)
    assert.match(await client.ask('DELE new/g'), /^550 No such/)
    assert.match(await client.ask('RMD new'), /^250 /)
    assert.match((await receive(client, 'RETR ../../nothing')).replies[0] ?? '', /^550 /)
  })
})

test('hash commands answer the hash of the file', async () => {
  await withServer({ files: { '/f': 'abc' } }, async (client) => {
    assert.equal(await client.ask('XMD5 f'), '250 900150983CD24FB0D6963F7D28E17F72')
    assert.equal(await client.ask('XCRC "f"'), '250 352441C2')
    assert.equal(await client.ask('OPTS HASH SHA-1'), '200 SHA-1')
    assert.equal(await client.ask('HASH f'), '213 SHA-1 0-3 a9993e364706816aba3e25717850c26c9cd0d89d f')
    assert.match(await client.ask('XSHA512 none'), /^550 /)
  })
})

test('a command left out answers 502 and is not in FEAT', async () => {
  await withServer({ without: ['mlsd', 'EPSV', 'XMD5'] }, async (client) => {
    const features = await client.ask('FEAT')
    assert.match(features, /^211-Features:\| .*\| REST STREAM\|.*\|211 End$/)
    assert.doesNotMatch(features, /MLST|EPSV|XMD5/)
    for (const line of ['MLSD', 'EPSV', 'XMD5 f']) assert.match(await client.ask(line), /^502 /)
    assert.match(await client.ask('BLAH'), /^500 /)
  })
})

test('an address that is not the client and a foreign family are refused', async () => {
  await withServer({}, async (client) => {
    assert.match(await client.ask('PORT 127,0,0,2,200,10'), /^500 /)
    assert.match(await client.ask('EPRT |1|10.0.0.1|5000|'), /^500 /)
    assert.match(await client.ask('PORT 127,0,0,1,0,21'), /^500 /)
    assert.match(await client.ask('EPRT |2|::1|5000|'), /^500 /)
    assert.match(await client.ask('EPRT |9|x|5000|'), /^522 /)
    assert.match(await client.ask('EPSV 2'), /^522 /)
    assert.match(await client.ask('EPSV ALL'), /^200 /)
    assert.match(await client.ask('PASV'), /^501 /)
    assert.match(await client.ask('RETR f'), /^550 /)
    assert.match(await client.ask('LIST'), /^425 /)
  })
})

test('a passive port takes nobody but the client', async () => {
  await withServer({ files: { '/f': 'x' } }, async (client) => {
    const reply = await client.ask('EPSV')
    const port = Number(/\|(\d+)\|/.exec(reply)?.[1])
    const thief = connect({ host: '127.0.0.1', port, localAddress: '127.0.0.2' })
    thief.on('error', () => {})
    await once(thief, 'close')
    const socket = connect({ host: '127.0.0.1', port })
    await client.ask('RETR f')
    assert.equal((await drain(socket)).toString(), 'x')
  })
})

test('passive ports come from the range and 227 names the address it was told to', async () => {
  const first = await freePorts(4)
  await withServer({ passivePorts: [first, first + 3], pasvAddress: '192.0.2.7' }, async (client) => {
    for (let round = 0; round < 6; round++) {
      const [, high, low] = /^227 .*\(192,0,2,7,(\d+),(\d+)\)/.exec(await client.ask('PASV')) ?? []
      const port = Number(high) * 256 + Number(low)
      assert.ok(port >= first && port <= first + 3, String(port))
    }
  })
})

test('ABOR stops a transfer: 426, then 226, and the session lives on', async () => {
  const server = await startServer({ files: { '/f': 'x'.repeat(100) } })
  server.addFault({ on: 'RETR', times: 1, do: { cutDataAt: 10, with: 'stall' } })
  const client = await rawClient(server.port, DEMO)
  const socket = await client.data()
  socket.on('error', () => {})
  await client.ask('RETR f')
  assert.equal((await once(socket, 'data'))[0].length, 10)
  client.send(Buffer.from([0xff, 0xf4, 0xff, 0xf2, ...Buffer.from('ABOR\r\n')]))
  assert.match(await client.ask(), /^426 /)
  assert.match(await client.ask(), /^226 /)
  assert.equal((await receive(client, 'RETR f')).data.length, 100)
  client.close()
  await server.close()
})

test('a client that goes away in the middle of a transfer leaves nothing open', async () => {
  const server = await startServer({ files: { '/f': Buffer.alloc(20_000_000) } })
  const client = await rawClient(server.port, DEMO)
  const socket = await client.data()
  socket.on('error', () => {})
  await client.ask('RETR f')
  socket.pause()
  client.close()
  socket.destroy()
  while (server.sessions > 0) await new Promise(setImmediate)
  await server.close()
})

test('commands in one packet are answered one by one, a line that is too long once', async () => {
  await withServer({}, async (client) => {
    client.send(`NOOP\r\nPWD\n${'x'.repeat(70_000)}\r\nNOOP\r\n`)
    assert.match(await client.ask(), /^200 /)
    assert.match(await client.ask(), /^257 /)
    assert.match(await client.ask(), /^500 Command line too long/)
    assert.match(await client.ask(), /^200 /)
    assert.match(await client.ask('DELE a\0b'), /^501 /)
    assert.match(await client.ask('DELE a\rb'), /^501 /)
  })
})

test('one session too many is told 421', async () => {
  await withServer({ maxSessions: 1 }, async (client, server) => {
    const second = await rawClient(server.port)
    assert.match(await second.ask(), /^421 /)
    assert.equal(await second.closed, 'end')
    assert.match(await client.ask('NOOP'), /^200 /)
    assert.equal(server.sessions, 1)
  })
})

test('a read-only server refuses every change', async () => {
  await withServer({ readOnly: true, files: { '/f': 'x' } }, async (client) => {
    for (const line of ['STOR g', 'APPE f', 'STOU', 'DELE f', 'MKD d', 'RMD d', 'RNFR f', 'SITE CHMOD 600 f'])
      assert.match(await client.ask(line), /^550 .*read-only/, line)
    assert.equal((await receive(client, 'RETR f')).data.toString(), 'x')
  })
})

test('clients cannot leave the root', async () => {
  const store = new MemoryStore({ '/in/f': 'inside', '/secret': 'outside' })
  await withServer({ store, root: '/in' }, async (client) => {
    assert.equal((await receive(client, 'RETR /f')).data.toString(), 'inside')
    assert.equal((await receive(client, 'NLST /')).data.toString(), '/f\r\n')
    for (const line of ['CWD ..', 'CWD ../..']) await client.ask(line)
    assert.match(await client.ask('PWD'), /^257 "\/"/)
    assert.match((await receive(client, 'RETR ../secret')).replies[0] ?? '', /^550 /)
  })
})

test('a full disk is 552 and a store that refuses is 550', async () => {
  const store = new MemoryStore({ '/f': 'x' })
  store.write = async () => ({
    landed: 0,
    write: () => Promise.reject(new TransferError('disk-full', 'full', { phase: 'local' })),
    finish: () => Promise.reject(new Error('never')),
    abort: async () => {},
  })
  await withServer({ store }, async (client) => {
    assert.match((await deliver(client, 'STOR g', 'data')).at(-1) ?? '', /^552 /)
    store.write = () => Promise.reject(new TransferError('permission-denied', 'no', { phase: 'local' }))
    assert.match((await deliver(client, 'STOR g', 'data')).at(-1) ?? '', /^550 Permission/)
  })
})

test('REIN logs out and HOST is taken before the login only', async () => {
  await withServer({}, async (client) => {
    assert.match(await client.ask('HOST ftp.example.com'), /^503 /)
    assert.match(await client.ask('REIN'), /^220 /)
    assert.match(await client.ask('PWD'), /^530 /)
    assert.match(await client.ask('HOST ftp.example.com'), /^220 /)
  })
})

test('a data connection that nobody opens is 425 after the limit', async () => {
  await withServer({ dataTimeoutMs: 20, files: { '/f': 'x' } }, async (client) => {
    await client.ask('EPSV')
    assert.match(await client.ask('RETR f'), /^150 /)
    assert.match(await client.ask(), /^425 /)
  })
})

test('a port that is taken rejects, and store with files is refused', async () => {
  const server = await startServer()
  await assert.rejects(startServer({ port: server.port }), { code: 'EADDRINUSE' })
  await assert.rejects(startServer({ store: new MemoryStore(), files: {} }), { code: 'bad-argument' })
  await server.close()
})

test('close() ends open sessions and data connections and can be called twice', async () => {
  const server = await startServer()
  const client = await rawClient(server.port, DEMO)
  const socket = await client.data()
  socket.on('error', () => {}).on('end', () => socket.destroy())
  const gone = once(socket.resume(), 'close')
  await Promise.all([server.close(), server.close()])
  await client.closed
  await gone
  assert.equal(server.sessions, 0)
})
