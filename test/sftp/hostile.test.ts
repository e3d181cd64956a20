import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { OpenRemote } from '../../src/client/remote/open-remote.js'
import { connect, TransferError } from '../../src/index.js'
import { drain, listed, put, random } from '../conformance/bytes.js'
import { fingerprint, sshServer } from '../unit/ssh/server.js'

type Answer = (request: Buffer) => Buffer | undefined

/** An SFTP server that answers as it likes. `answer` gets each request from its number on. */
async function liar(answer: Answer) {
  const server = await sshServer({
    session: (channel) => {
      let heard = Buffer.alloc(0)
      channel.on('data', (chunk: Buffer) => {
        heard = Buffer.concat([heard, chunk])
        while (heard.length >= 4 && heard.length >= 4 + heard.readUInt32BE(0)) {
          const request = heard.subarray(4, 4 + heard.readUInt32BE(0))
          heard = heard.subarray(4 + request.length)
          const said = request[0] === 1 ? packet(2, uint(3)) : answer(request)
          if (said) channel.write(said)
        }
      })
    },
  })
  return server
}

function uint(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value >>> 0)
  return bytes
}

function packet(type: number, ...fields: Buffer[]): Buffer {
  const body = Buffer.concat([Buffer.of(type), ...fields])
  return Buffer.concat([uint(body.length), body])
}

const text = (value: string): Buffer => Buffer.concat([uint(value.length), Buffer.from(value)])
const idOf = (request: Buffer): Buffer => request.subarray(1, 5)
/** ATTRS of a file of 100,000 bytes. */
const ATTRIBUTES = Buffer.concat([uint(1 | 4), Buffer.alloc(4), uint(100_000), uint(0o100644)])

/** The reply of an honest server to any request. */
function honest(request: Buffer): Buffer {
  const id = idOf(request)
  const [type] = request
  if (type === 3 || type === 11) return packet(102, id, text('h'))
  if (type === 5) return packet(103, id, uint(500), Buffer.alloc(500))
  if (type === 7 || type === 8 || type === 17) return packet(105, id, ATTRIBUTES)
  if (type === 12) return packet(101, id, uint(1), text('the end'), text(''))
  if (type === 16 || type === 19) return packet(104, id, uint(1), text('/'), text('/'), uint(0))
  return packet(101, id, uint(0), text('ok'), text(''))
}

/** Everything a session is asked, at once; each call ends with its answer or a TransferError. */
async function askEverything(port: number): Promise<TransferError[]> {
  const timeouts = { reply: 200, idle: 200, confirm: 200, connect: 2_000 }
  const failures: TransferError[] = []
  const kept = (error: unknown): void => {
    assert(error instanceof TransferError, String(error))
    failures.push(error)
  }
  const remote = await connect(`sftp://127.0.0.1:${port}`, { ...LOGIN, timeouts }).catch(kept)
  if (!remote) return failures
  assert(remote instanceof OpenRemote)
  const { store, release } = await remote.connection.borrow()
  const calls = [
    store.stat('/a'),
    listed(store, '/'),
    store.read('/a').then(drain),
    put(store, '/b', Buffer.alloc(100_000)),
    store.space?.('/'),
    store.rename('/a', '/b'),
    store.link?.('/c', 'a'),
  ]
  for (const outcome of await Promise.allSettled(calls)) if (outcome.status === 'rejected') kept(outcome.reason)
  release()
  await remote.close()
  return failures
}

const LOGIN = { user: 'me', password: 'x', hostKey: { fingerprint }, sshConfig: false, proxy: false } as const

async function withoutLooseErrors(work: () => Promise<void>): Promise<void> {
  const loose: unknown[] = []
  const catchLoose = (error: unknown): unknown => loose.push(error)
  process.on('uncaughtException', catchLoose).on('unhandledRejection', catchLoose)
  try {
    await work()
    await new Promise(setImmediate)
    assert.deepEqual(loose, [])
  } finally {
    process.off('uncaughtException', catchLoose).off('unhandledRejection', catchLoose)
  }
}

describe('an SFTP server that lies', () => {
  const lies: [what: string, answer: Answer][] = [
    ['says packets of 4 GiB follow', () => Buffer.concat([uint(0xffffffff), Buffer.alloc(64)])],
    ['says empty packets follow', () => uint(0)],
    [
      'answers requests that nobody sent',
      (request) => Buffer.concat([packet(105, uint(77_777), ATTRIBUTES), honest(request)]),
    ],
    ['answers everything twice', (request) => Buffer.concat([honest(request), honest(request)])],
    ['answers with data, whatever was asked', (request) => packet(103, idOf(request), text('data'))],
    [
      'answers with names, whatever was asked',
      (request) => packet(104, idOf(request), uint(1), text('n'), text('n'), uint(0)),
    ],
    ['answers with no names', (request) => packet(104, idOf(request), uint(0))],
    ['answers with a handle, whatever was asked', (request) => packet(102, idOf(request), text('h'))],
    ['answers with attributes, whatever was asked', (request) => packet(105, idOf(request), ATTRIBUTES)],
    ['answers OK, whatever was asked', (request) => packet(101, idOf(request), uint(0), text(''), text(''))],
    ['answers with a status without words', (request) => packet(101, idOf(request), uint(4))],
    ['answers with a status of nothing', (request) => packet(101, idOf(request))],
    [
      'counts a billion names',
      (request) => packet(104, idOf(request), uint(1_000_000_000), text('n'), text('n'), uint(0)),
    ],
    [
      'sends more data than was asked for',
      (request) => (request[0] === 5 ? packet(103, idOf(request), text('x'.repeat(200_000))) : honest(request)),
    ],
    [
      'counts more data than it sends',
      (request) => (request[0] === 5 ? packet(103, idOf(request), uint(99_999), Buffer.alloc(10)) : honest(request)),
    ],
    [
      'sends no data and no end',
      (request) => (request[0] === 5 ? packet(103, idOf(request), uint(0)) : honest(request)),
    ],
    ['has attributes cut short', (request) => packet(105, idOf(request), uint(0x8000000f), Buffer.alloc(3))],
    ['answers with packets that are none', () => packet(250, Buffer.alloc(9))],
    ['says nothing', () => undefined],
  ]
  for (const [what, answer] of lies)
    test(`${what}: every call ends, and nothing is thrown where nobody can catch it`, () =>
      withoutLooseErrors(async () => {
        await using server = await liar(answer)
        await askEverything(server.port)
      }))

  test('about the end of a listing cannot keep anybody from leaving it', async () => {
    const name = (id: Buffer): Buffer => packet(104, id, uint(1), text('name'), text('long'), ATTRIBUTES)
    await using server = await liar((request) => (request[0] === 12 ? name(idOf(request)) : honest(request)))
    await using remote = await connect(`sftp://127.0.0.1:${server.port}`, LOGIN)
    let seen = 0
    for await (const _ of remote.list('/')) if (++seen === 2_000) break
    assert.equal((await remote.stat('/'))?.size, 100_000)
  })

  test('in 120 random ways', () =>
    withoutLooseErrors(async () => {
      const pick = random(20_261_127)
      let failures = 0
      for (let round = 0; round < 12; round++) {
        const lives = Array.from({ length: 10 }, async () => {
          await using server = await liar((request) => spoilt(honest(request), pick))
          failures += (await askEverything(server.port)).length
        })
        await Promise.all(lives)
      }
      assert.ok(failures > 30, `only ${failures} failures`)
    }))
})

/** The packet with some of its bytes changed, now and then; the length may be one of them. */
function spoilt(bytes: Buffer, pick: (limit: number) => number): Buffer {
  if (pick(3) > 0) return bytes
  const changed = Buffer.from(bytes)
  for (let times = pick(4); times >= 0; times--) changed[pick(changed.length)] = pick(256)
  return pick(4) === 0 ? changed.subarray(0, pick(changed.length)) : changed
}
