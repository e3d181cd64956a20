import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { MessageChannel } from 'node:worker_threads'
import {
  Failure,
  ST_ERROR_FILE_OPEN,
  ST_ERROR_OPERATION_TIMEOUT,
  ST_ERROR_THREAD_ENDED,
} from '../../../../src/sockettools/constants/errors.js'
import { Peer, type Request, type Service } from '../../../../src/sockettools/handles/threads.js'

const REQUEST: Request = { name: 'FtpGetStatus', handle: 1, args: [] }

/** A service that notes what it is asked, and does `work`. */
function service(work: () => number = () => 1): Service & { readonly asked: Request[]; readonly gone: number[] } {
  const asked: Request[] = []
  const gone: number[] = []
  return {
    asked,
    gone,
    async answer(request) {
      asked.push(request)
      return { result: work() }
    },
    notified() {},
    ended: (thread) => void gone.push(thread),
  }
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
}

test('a call that a busy thread does not take on in time fails, and is not carried out afterwards', async () => {
  const { port1, port2 } = new MessageChannel()
  mock.timers.enable({ apis: ['setTimeout'] })
  try {
    const peer = new Peer(9, port1, service())
    const call = peer.ask(REQUEST)
    mock.timers.tick(30_001)
    await assert.rejects(
      call,
      (error: Failure) => error.code === ST_ERROR_OPERATION_TIMEOUT && /busy/.test(error.message),
    )
    const late = service()
    new Peer(1, port2, late)
    await turns()
    assert.deepEqual(late.asked, [])
    assert.equal((await peer.ask(REQUEST)).result, 1)
    assert.equal(late.asked.length, 1)
  } finally {
    mock.timers.reset()
    port1.close()
  }
})

test('a call that was taken on may take its time', async () => {
  const { port1, port2 } = new MessageChannel()
  mock.timers.enable({ apis: ['setTimeout'] })
  try {
    let finish = (): void => {}
    const slow: Service = {
      ...service(),
      answer: () => new Promise((resolve) => (finish = () => resolve({ result: 5 }))),
    }
    new Peer(1, port2, slow)
    const call = new Peer(9, port1, service()).ask(REQUEST)
    await turns()
    mock.timers.tick(3_600_000)
    finish()
    assert.equal((await call).result, 5)
  } finally {
    mock.timers.reset()
    port1.close()
  }
})

test('failures arrive with number and text; a closed channel fails what waits, and what comes', async () => {
  const { port1, port2 } = new MessageChannel()
  const refusing = service(() => {
    throw new Failure(ST_ERROR_FILE_OPEN, 'one is open')
  })
  new Peer(1, port2, refusing)
  const mine = service()
  const peer = new Peer(9, port1, mine)
  await assert.rejects(peer.ask(REQUEST), { code: ST_ERROR_FILE_OPEN, message: 'one is open' })
  port2.removeAllListeners('message')
  const waiting = assert.rejects(peer.ask(REQUEST), { code: ST_ERROR_THREAD_ENDED })
  port2.close()
  await waiting
  assert.deepEqual(mine.gone, [9])
  await assert.rejects(peer.ask(REQUEST), { code: ST_ERROR_THREAD_ENDED })
})
