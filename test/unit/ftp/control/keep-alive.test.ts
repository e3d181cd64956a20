import assert from 'node:assert/strict'
import { describe, it, mock } from 'node:test'
import { TransferError } from '../../../../src/errors.js'
import { KeepAlive, type KeepAliveRule } from '../../../../src/ftp/control/keep-alive.js'
import type { Exchange } from '../../../../src/ftp/control/pending-commands.js'
import { Turns } from '../../../../src/ftp/control/session-lock.js'
import { type ControlPair, controlPair, LIMITS, pairedWire, settled } from '../control-pair.js'
import { errorOf } from '../scripted-talk.js'

const IDLE = 10_000
/** A timer set within a tick begins at its end. */
const STEP = 1_000

interface Kept extends ControlPair {
  readonly keepAlive: KeepAlive
  readonly turns: Turns
  readonly rule: KeepAliveRule
  /** Lets time pass, and what happens because of it. */
  pass(ms: number): Promise<void>
  /** A transfer whose data flows, and the stream at the server's end of its data connection. */
  transfer(): Promise<{ exchange: Exchange; data: ReturnType<typeof pairedWire> }>
  readonly noops: number
  readonly warnings: readonly string[]
}

async function kept(options: { duringTransfer?: boolean; rule?: KeepAliveRule } = {}): Promise<Kept> {
  const { duringTransfer = true } = options
  const rule = options.rule ?? { idleMs: IDLE, duringTransfer, off: false }
  const pair = await controlPair()
  const { control, lines, events, say } = pair
  const turns = new Turns()
  const observe = (event: (typeof events)[number]): void => void events.push(event)
  const keepAlive = new KeepAlive({ rule, control, turns, limits: LIMITS, observe })
  keepAlive.start()
  return {
    ...pair,
    keepAlive,
    turns,
    rule,
    async pass(ms) {
      for (let left = ms; left > 0; left -= STEP) {
        mock.timers.tick(Math.min(left, STEP))
        await settled()
      }
    },
    async transfer() {
      await turns.take(undefined)
      const exchange = control.start('RETR x', { phase: 'transfer' })
      await say('150 here it comes\r\n')
      const data = pairedWire()
      data.wire.stream.resume()
      keepAlive.during({ exchange, wire: data.wire })
      return { exchange, data }
    },
    get noops() {
      return lines.filter((line) => line === 'NOOP').length
    },
    get warnings() {
      return events.flatMap((event) => (event.type === 'warning' ? [event.code] : []))
    },
  }
}

/** A test whose clock stops unless the test advances it. */
function timed(name: string, work: () => Promise<void>): void {
  it(name, async () => {
    mock.timers.enable({ apis: ['setTimeout'] })
    try {
      await work()
    } finally {
      mock.timers.reset()
    }
  })
}

describe('keep-alive when idle', () => {
  timed('sends a NOOP when no command went out for the idle time, and again after that', async () => {
    const k = await kept()
    await k.pass(IDLE - 1)
    assert.equal(k.noops, 0)
    await k.pass(1)
    assert.equal(k.noops, 1)
    await k.say('200 ok\r\n')
    await k.pass(IDLE)
    assert.equal(k.noops, 2)
  })

  timed('begins only with start(): not before the login', async () => {
    const { control, lines } = await controlPair()
    const rule = { idleMs: IDLE, duringTransfer: false, off: false }
    const keepAlive = new KeepAlive({ rule, control, turns: new Turns(), limits: LIMITS, observe: () => {} })
    control.start('USER demo')
    mock.timers.tick(2 * IDLE)
    await settled()
    assert.deepEqual(lines, ['USER demo'])
    keepAlive.start()
    mock.timers.tick(IDLE)
    await settled()
    assert.deepEqual(lines, ['USER demo', 'NOOP'])
  })

  timed('is put off by any command', async () => {
    const k = await kept()
    await k.pass(IDLE - 1)
    const asked = k.control.ask('PWD')
    await k.say('257 "/"\r\n')
    await asked
    await k.pass(IDLE - 1)
    assert.equal(k.noops, 0)
    await k.pass(1)
    assert.equal(k.noops, 1)
  })

  timed('skips a session whose turn is taken, and does not wait for it', async () => {
    const k = await kept()
    const done = await k.turns.take(undefined)
    await k.pass(IDLE)
    done()
    await settled()
    assert.equal(k.noops, 0)
    await k.pass(IDLE)
    assert.equal(k.noops, 1)
  })

  timed('holds its turn until the answer: a call in between waits for it, and gets its own reply', async () => {
    const k = await kept()
    await k.pass(IDLE)
    const call = k.turns.take(undefined).then(async (done) => {
      const reply = await k.control.ask('SIZE a')
      done()
      return reply.code
    })
    await settled()
    assert.deepEqual(k.lines, ['NOOP'])
    await k.say('200 ok\r\n')
    assert.deepEqual(k.lines, ['NOOP', 'SIZE a'])
    await k.say('213 5\r\n')
    assert.equal(await call, 213)
    assert.equal(k.control.lastReply?.code, 213)
  })

  for (const code of [500, 501, 502])
    timed(`is off after a refusal with ${code}, with one warning, and the session goes on`, async () => {
      const k = await kept()
      await k.pass(IDLE)
      await k.say(`${code} what?\r\n`)
      assert.deepEqual([k.rule.off, k.warnings], [true, ['keep-alive-off']])
      await k.pass(5 * IDLE)
      assert.equal(k.noops, 1)
      const asked = k.control.ask('PWD')
      await k.say('257 "/"\r\n')
      assert.equal((await asked).code, 257)
      await k.pass(5 * IDLE)
      assert.equal(k.noops, 1)
    })

  for (const code of [220, 250, 450, 530])
    timed(`goes on after any other answer (${code}): the server is there`, async () => {
      const k = await kept()
      await k.pass(IDLE)
      await k.say(`${code} well\r\n`)
      await k.pass(IDLE)
      assert.deepEqual([k.noops, k.rule.off, k.control.inFlight], [2, false, 1])
    })

  timed('gives the session up when a NOOP is never answered, and says so first', async () => {
    const k = await kept()
    await k.pass(IDLE)
    const waiting = k.turns.take(undefined)
    await k.pass(LIMITS.reply - 1)
    assert.deepEqual(
      k.events.map(({ type }) => type),
      ['command'],
    )
    await k.pass(1)
    assert.deepEqual([k.control.lost?.code, k.control.lost?.retryable], ['session-lost', true])
    assert.equal(k.rule.off, true)
    assert.deepEqual(
      k.events.map(({ type }) => type),
      ['command', 'warning', 'closed'],
    )
    assert.match(k.control.lost?.message ?? '', /left a NOOP unanswered for 1000 ms/)
    await waiting
    assert.equal((await errorOf(k.control.ask('PWD'))).code, 'session-lost')
  })

  timed('is off for every session with the same rule', async () => {
    const rule = { idleMs: IDLE, duringTransfer: false, off: false }
    const [one, other] = [await kept({ rule }), await kept({ rule })]
    await one.turns.take(undefined)
    await other.pass(IDLE)
    await other.say('502 no\r\n')
    await one.pass(10 * IDLE)
    assert.deepEqual([one.noops, other.noops, one.warnings], [0, 1, []])
  })

  timed('a 421 ends the session, and is no refusal', async () => {
    const k = await kept()
    await k.pass(IDLE)
    await k.say('421 you were idle\r\n')
    assert.deepEqual([k.control.lost?.reply?.code, k.rule.off, k.warnings], [421, false, []])
  })

  timed('finds a reply that nobody had asked for, and sends nothing then', async () => {
    const k = await kept()
    await k.say('226 surprise\r\n')
    await k.pass(IDLE)
    assert.deepEqual([k.noops, k.control.lost?.code, k.rule.off], [0, 'session-lost', false])
    assert.equal(k.turns.taken, false)
  })

  timed('stops with the session', async () => {
    const k = await kept()
    k.control.lose(new TransferError('closed', 'over', { phase: 'close' }))
    await k.pass(5 * IDLE)
    assert.deepEqual([k.noops, k.events.filter(({ type }) => type === 'command').length], [0, 0])
  })

  it('keeps no process alive', async () => {
    const timeouts = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
    const before = timeouts()
    const k = await kept()
    assert.equal(timeouts(), before)
    k.control.lose(new TransferError('closed', 'over', { phase: 'close' }))
  })
})

describe('keep-alive during a transfer', () => {
  const orders: readonly (readonly string[])[] = [
    ['200 ok', '226 done'],
    ['226 done', '200 ok'],
    ['500 busy', '226 done'],
    ['226 done', '502 what?'],
    ['200 ok', '426 cut'],
    ['451 disk', '200 ok'],
    ['250 done', '501 no'],
  ]
  for (const glued of [false, true])
    for (const order of orders)
      timed(`tells its replies from the transfer's: ${order.join(', ')}${glued ? ', in one piece' : ''}`, async () => {
        const k = await kept()
        const { exchange } = await k.transfer()
        await k.pass(IDLE)
        assert.equal(k.noops, 1)
        const bytes = order.map((line) => `${line}\r\n`)
        for (const piece of glued ? [bytes.join('')] : bytes) await k.say(piece)
        const noop = order.findIndex((line) => /^(?:200|50[012])/.test(line))
        assert.equal((await exchange.final).text, order[1 - noop]?.slice(4))
        await k.keepAlive.answered()
        assert.equal(k.control.inFlight, 0)
        const asked = k.control.ask('PWD')
        await k.say('257 "/"\r\n')
        assert.equal((await asked).code, 257)
        assert.equal(k.rule.off, order[noop]?.startsWith('50'))
      })

  timed('sends one at a time', async () => {
    const k = await kept()
    await k.transfer()
    await k.pass(3 * IDLE)
    assert.equal(k.noops, 1)
    await k.say('200 ok\r\n')
    await k.pass(IDLE)
    assert.equal(k.noops, 2)
  })

  timed('waits for the end of the transfer before it calls a NOOP unanswered', async () => {
    const k = await kept()
    const { exchange } = await k.transfer()
    await k.pass(IDLE)
    await k.pass(50 * LIMITS.reply)
    assert.equal(k.control.lost, undefined)
    await k.say('226 done\r\n')
    assert.equal((await exchange.final).code, 226)
    await k.pass(LIMITS.reply - 1)
    assert.deepEqual([k.control.lost, k.rule.off], [undefined, false])
    const answered = k.keepAlive.answered()
    await k.pass(1)
    await answered
    assert.deepEqual([k.control.lost, k.rule.off, k.warnings].map(Boolean), [true, true, true])
    assert.equal((await exchange.final).code, 226, 'the transfer itself is confirmed')
  })

  for (const [what, off, error] of [
    ['without a word', true, new TransferError('session-lost', 'It was closed.', { phase: 'command' })],
    ['by a time limit', true, new TransferError('timeout', 'No end.', { phase: 'confirm' })],
    ['by its caller', false, new TransferError('closed', 'Over.', { phase: 'close' })],
  ] as const)
    timed(`is ${off ? 'off' : 'still on'} after a session was lost ${what} with a NOOP out`, async () => {
      const k = await kept()
      await k.transfer()
      await k.pass(IDLE)
      k.control.lose(error)
      await k.keepAlive.answered()
      assert.deepEqual([k.rule.off, k.warnings], [off, off ? ['keep-alive-off'] : []])
    })

  timed('is silent when only idle sessions are kept', async () => {
    const k = await kept({ duringTransfer: false })
    await k.transfer()
    await k.pass(5 * IDLE)
    assert.equal(k.noops, 0)
  })

  const ends: Readonly<Record<string, (k: Kept, transfer: Awaited<ReturnType<Kept['transfer']>>) => unknown>> = {
    'the final reply': (k) => k.say('226 done\r\n'),
    'the last byte that was due': (k) => k.keepAlive.lastByte(),
    "the server's end of the data connection": (_, { data }) => data.peer.end(),
    'our end of the data connection': (_, { data }) => data.wire.end(),
    'a broken data connection': (_, { data }) => data.wire.destroy(),
  }
  for (const [what, end] of Object.entries(ends))
    timed(`sends none after ${what}`, async () => {
      const k = await kept()
      await end(k, await k.transfer())
      await settled()
      await k.pass(5 * IDLE)
      assert.equal(k.noops, 0)
    })
})
