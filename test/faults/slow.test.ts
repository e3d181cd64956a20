import assert from 'node:assert/strict'
import { Writable } from 'node:stream'
import { describe, mock } from 'node:test'
import { ca, good } from '../tls/fixtures.js'
import { contentOf, FAST, fails, type Scene, sample, scene } from '../wire/scene.js'

const BIG = sample(20_000_000)
const MINUTE = 60_000

/** Turns of the loop, with the little time that a partly filled slab waits for more. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) {
    mock.timers.tick(1)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** Lets time go on in steps of a millisecond until the work is over. */
async function untilOver<T>(work: Promise<T>): Promise<T> {
  let over = false
  const ended = (): void => {
    over = true
  }
  work.then(ended, ended)
  while (!over) await turns(1)
  return await work
}

/** A minute in which no limit may fire; the loop turns before it and after it. */
async function aMinuteGoesBy(work: Promise<unknown>): Promise<void> {
  let settled: unknown
  const ended = (value: unknown): void => {
    settled = value
  }
  work.then(ended, ended)
  await turns(200)
  mock.timers.tick(MINUTE)
  await turns(20)
  assert.equal(settled, undefined, 'it gave up')
}

/** Time stops unless the test advances it. */
function timeless(name: string, work: (s: Scene, tls: boolean) => Promise<void>): void {
  for (const tls of [false, true])
    scene(`${name}${tls ? ', TLS' : ''}`, async (s) => {
      mock.timers.enable({ apis: ['setTimeout'] })
      try {
        await work(s, tls)
      } finally {
        mock.timers.reset()
      }
    })
}

async function connected(s: Scene, tls: boolean) {
  const server = await s.server({ files: { '/big': BIG }, ...(tls && { tls: good }) })
  const remote = await untilOver(s.connect(server, { timeouts: FAST, ...(tls && { tls: { ca } }) }))
  return { server, remote }
}

describe('the idle clock', () => {
  timeless('does not run while the consumer of a download takes its time', async (s, tls) => {
    const { remote } = await connected(s, tls)
    const taken: Buffer[] = []
    let goOn = (): void => {}
    let seen = 0
    const consumer = new Writable({
      write(chunk: Buffer, _encoding, done) {
        taken.push(chunk)
        seen += chunk.length
        if (goOn.name !== 'over' && seen > 1_000_000) goOn = done
        else done()
      },
    })
    const download = remote.download('/big', consumer)
    while (seen <= 1_000_000) await turns(1)
    for (let minute = 0; minute < 3; minute++) await aMinuteGoesBy(download)
    const resume = goOn
    goOn = function over() {}
    resume()
    assert.equal((await untilOver(download)).bytes, BIG.length)
    assert.ok(BIG.equals(Buffer.concat(taken)))
  })

  timeless('does not run while the producer of an upload takes its time', async (s, tls) => {
    const { remote, server } = await connected(s, tls)
    let goOn = (): void => {}
    const pause = new Promise<void>((resolve) => {
      goOn = resolve
    })
    let waits = false
    async function* producer(): AsyncGenerator<Buffer> {
      yield BIG.subarray(0, 2_000_000)
      waits = true
      await pause
      yield BIG.subarray(2_000_000)
    }
    const upload = remote.upload(producer(), '/up')
    while (!waits) await turns(1)
    for (let minute = 0; minute < 3; minute++) await aMinuteGoesBy(upload)
    goOn()
    assert.equal((await untilOver(upload)).bytes, BIG.length)
    assert.ok(BIG.equals((await contentOf(server, '/up')) ?? Buffer.alloc(0)))
  })

  timeless('runs while the server is silent, however willing the consumer', async (s, tls) => {
    const { remote, server } = await connected(s, tls)
    server.addFault({ on: 'RETR', do: { cutDataAt: 1_000_000, with: 'stall' } })
    const consumer = new Writable({ write: (_chunk, _encoding, done) => done() })
    const download = remote.download('/big', consumer)
    await untilOver(fails(download, { code: 'timeout', message: new RegExp(`${FAST.idle} ms: no data`) }))
  })
})
