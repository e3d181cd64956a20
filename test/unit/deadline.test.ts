import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { describe, mock, test } from 'node:test'
import { inTime, unlessAborted, within } from '../../src/deadline.js'
import { TransferError } from '../../src/errors.js'
import { failureOf } from './transport/scripted.js'

const forever = (): Promise<never> => new Promise(() => {})
const listeners = (signal: AbortSignal): number => getEventListeners(signal, 'abort').length

describe('a limit on some work', () => {
  const deadline = { limit: 5_000, phase: 'proxy', what: 'no reply to SIZE', hint: 'Wait longer.' } as const

  test('work in time is its answer; nothing keeps ticking and nothing keeps listening', async () => {
    mock.timers.enable({ apis: ['setTimeout'] })
    try {
      const stop = new AbortController()
      let given: AbortSignal | undefined
      const answer = await within({ ...deadline, signal: stop.signal }, async (signal) => {
        given = signal
        return 7
      })
      assert.equal(answer, 7)
      mock.timers.tick(10_000)
      assert.equal(given?.aborted, false)
      assert.equal(listeners(stop.signal), 0)
      assert.equal(given && listeners(given), 0)
    } finally {
      mock.timers.reset()
    }
  })

  test('work that never ends is a timeout, and is told to stop', async () => {
    mock.timers.enable({ apis: ['setTimeout'] })
    try {
      const stop = new AbortController()
      let given: AbortSignal | undefined
      const failed = failureOf(
        within({ ...deadline, signal: stop.signal }, (signal) => {
          given = signal
          return forever()
        }),
      )
      mock.timers.tick(4_999)
      assert.equal(given?.aborted, false)
      mock.timers.tick(1)
      const error = await failed
      assert.equal(error.code, 'timeout')
      assert.equal(error.phase, 'proxy')
      assert.equal(error.retryable, true)
      assert.equal(error.hint, 'Wait longer.')
      assert.match(error.message, /5000 ms: no reply to SIZE/)
      assert.equal(given?.aborted, true)
      assert.equal(given?.reason, error)
      assert.equal(listeners(stop.signal), 0)
    } finally {
      mock.timers.reset()
    }
  })

  test("the caller's signal ends it, with the caller's reason as the cause", async () => {
    const stop = new AbortController()
    const reason = new Error('enough')
    const failed = failureOf(within({ ...deadline, signal: stop.signal }, forever))
    stop.abort(reason)
    const error = await failed
    assert.equal(error.code, 'aborted')
    assert.equal(error.phase, 'proxy')
    assert.equal(error.cause, reason)
    assert.equal(listeners(stop.signal), 0)
  })

  test('a signal that has fired: the work is not begun', async () => {
    const begun = mock.fn(forever)
    const error = await failureOf(within({ ...deadline, signal: AbortSignal.abort() }, begun))
    assert.equal(error.code, 'aborted')
    assert.equal(begun.mock.callCount(), 0)
  })

  test('an error of the work is that error', async () => {
    const own = new TransferError('refused', 'No.', { phase: 'command' })
    assert.equal(await failureOf(within(deadline, () => Promise.reject(own))), own)
  })

  test('an outer limit that passes is not hidden by an inner one', async () => {
    mock.timers.enable({ apis: ['setTimeout'] })
    try {
      const failed = failureOf(
        within({ limit: 10, phase: 'connect', what: 'outer' }, (signal) =>
          within({ limit: 1_000, signal, phase: 'proxy', what: 'inner' }, forever),
        ),
      )
      mock.timers.tick(10)
      assert.match((await failed).message, /10 ms: outer/)
    } finally {
      mock.timers.reset()
    }
  })
})

describe('work unless a signal fires', () => {
  test('without a signal it is the work', async () =>
    assert.equal(await unlessAborted(Promise.resolve(1), undefined, 'data'), 1))

  test('it leaves no listener, however it ends', async () => {
    const { signal } = new AbortController()
    assert.equal(await unlessAborted(Promise.resolve(1), signal, 'data'), 1)
    await assert.rejects(unlessAborted(Promise.reject(new Error('own')), signal, 'data'), /own/)
    assert.equal(listeners(signal), 0)
  })

  test('a late failure of abandoned work is nobody’s unhandled rejection', async () => {
    const stop = new AbortController()
    let fail = (_: Error): void => {}
    const work = new Promise<never>((_, reject) => {
      fail = reject
    })
    const failed = failureOf(unlessAborted(work, stop.signal, 'data'))
    stop.abort()
    assert.equal((await failed).code, 'aborted')
    fail(new Error('late'))
    await new Promise(setImmediate)
  })

  test('a TransferError as the reason is the error', async () => {
    const own = new TransferError('timeout', 'Too late.', { phase: 'connect' })
    assert.equal(await failureOf(unlessAborted(forever(), AbortSignal.abort(own), 'data')), own)
  })
})

describe('a limit on work that cannot be told to stop', () => {
  const deadline = { limit: 5_000, phase: 'command', what: 'no reply to SIZE', hint: 'Wait longer.' } as const

  test('work in time is its answer or its error; nothing keeps ticking and nothing keeps listening', async () => {
    const clear = mock.method(globalThis, 'clearTimeout')
    const { signal } = new AbortController()
    const own = new Error('own')
    try {
      assert.equal(await inTime({ ...deadline, signal }, async () => 7), 7)
      assert.equal(listeners(signal), 0)
      await assert.rejects(
        inTime({ ...deadline, signal }, () => Promise.reject(own)),
        (error) => error === own,
      )
      assert.equal(listeners(signal), 0)
      assert.equal(clear.mock.callCount(), 2)
    } finally {
      clear.mock.restore()
    }
  })

  test('work that never ends is a timeout, at the limit and not before', async () => {
    mock.timers.enable({ apis: ['setTimeout'] })
    try {
      const { signal } = new AbortController()
      const failed = failureOf(inTime({ ...deadline, signal }, forever))
      let over = false
      failed.then(() => {
        over = true
      })
      mock.timers.tick(4_999)
      await new Promise(setImmediate)
      assert.equal(over, false)
      mock.timers.tick(1)
      const error = await failed
      assert.deepEqual(
        [error.code, error.phase, error.retryable, error.hint],
        ['timeout', 'command', true, 'Wait longer.'],
      )
      assert.match(error.message, /5000 ms: no reply to SIZE/)
      assert.equal(listeners(signal), 0)
    } finally {
      mock.timers.reset()
    }
  })

  test("the caller's signal ends it, with the caller's reason as the cause", async () => {
    const clear = mock.method(globalThis, 'clearTimeout')
    try {
      const stop = new AbortController()
      const reason = new Error('enough')
      const failed = failureOf(inTime({ ...deadline, signal: stop.signal }, forever))
      stop.abort(reason)
      const error = await failed
      assert.deepEqual([error.code, error.phase, error.cause], ['aborted', 'command', reason])
      assert.equal(listeners(stop.signal), 0)
      assert.equal(clear.mock.callCount(), 1)
    } finally {
      clear.mock.restore()
    }
  })

  test('a signal that has fired: the work is not begun', async () => {
    const begun = mock.fn(forever)
    assert.equal((await failureOf(inTime({ ...deadline, signal: AbortSignal.abort() }, begun))).code, 'aborted')
    assert.equal(begun.mock.callCount(), 0)
  })

  test('a late failure of abandoned work is nobody’s unhandled rejection', async () => {
    const stop = new AbortController()
    let fail = (_: Error): void => {}
    const work = new Promise<never>((_, reject) => {
      fail = reject
    })
    const failed = failureOf(inTime({ ...deadline, signal: stop.signal }, () => work))
    stop.abort()
    assert.equal((await failed).code, 'aborted')
    fail(new Error('late'))
    await new Promise(setImmediate)
  })
})
