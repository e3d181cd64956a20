import assert from 'node:assert/strict'
import { describe, it, mock } from 'node:test'
import { Redactor } from '../../../../src/redact.js'
import { controlPair, LIMITS, pairedWire, settled } from '../control-pair.js'
import { errorOf, thrown } from '../scripted-talk.js'

const NOOP = { aside: true, accepts: (code: number) => code === 200 }

describe('a control connection', () => {
  it('sends a line and answers its final reply, 1yz waited out', async () => {
    const { control, lines, say } = await controlPair()
    const asked = control.ask('STAT')
    await settled()
    assert.deepEqual(lines, ['STAT'])
    await say('120 soon\r\n')
    await say('211-first\r\n second\r\n211 end\r\n')
    assert.deepEqual((await asked).lines, ['first', ' second', 'end'])
  })

  it('gives overlapping commands their own answers, also when these come byte by byte', async () => {
    const { control, say } = await controlPair()
    const asked = Promise.all(['PWD', 'SIZE a', 'NOOP'].map((line) => control.ask(line)))
    for (const byte of '257 "/"\r\n213 5\r\n200 ok\r\n') await say(byte)
    assert.deepEqual(
      (await asked).map(({ code }) => code),
      [257, 213, 200],
    )
    assert.equal(control.inFlight, 0)
  })

  it('throws what an unexpected reply means, secrets masked', async () => {
    const redactor = new Redactor()
    redactor.add('sesame-7')
    const { control, events, say } = await controlPair({ redactor })
    const error = errorOf(control.send('PASS sesame-7', '2xx', { phase: 'login' }))
    await say('530 sesame-7 is wrong\r\n')
    assert.equal((await error).code, 'login-refused')
    const { message, command, reply } = await error
    assert.doesNotMatch(JSON.stringify([events, message, command, reply]), /sesame/)
  })

  for (const bad of ['a\rb', 'a\nb', 'a\0b'])
    it(`writes nothing of a line with ${JSON.stringify(bad[1])} in it`, async () => {
      const { control, lines } = await controlPair()
      assert.equal(thrown(() => control.start(`DELE ${bad}`)).code, 'bad-argument')
      await settled()
      assert.deepEqual([lines, control.inFlight], [[], 0])
    })

  it('is given up by the next command when a reply came that nobody had asked for', async () => {
    const { control, events, lines, say } = await controlPair()
    await say('226 surprise\r\n')
    const error = thrown(() => control.start('PWD'))
    assert.deepEqual([error.code, error.retryable], ['session-lost', true])
    await settled()
    assert.deepEqual(lines, [])
    assert.equal(events.filter(({ type }) => type === 'closed').length, 1)
  })

  it('overlooks a second greeting', async () => {
    const { control, say } = await controlPair()
    await say('220 hello\r\n')
    await say('220 hello again\r\n')
    assert.equal((await control.listen()).text, 'hello')
    const asked = control.ask('NOOP')
    await say('200 ok\r\n')
    assert.equal((await asked).code, 200)
  })

  it('ends with 421, whatever was asked', async () => {
    const { control, events, say } = await controlPair()
    const errors = ['RETR x', 'PWD'].map((line) => errorOf(control.ask(line)))
    await say('421 shutting down\r\n')
    for (const error of await Promise.all(errors))
      assert.deepEqual([error.code, error.reply?.code], ['session-lost', 421])
    assert.equal(control.lost?.code, 'session-lost')
    assert.equal(control.lastReply?.code, 421)
    assert.deepEqual(
      events.filter(({ type }) => type === 'closed').map((event) => event.type),
      ['closed'],
    )
  })

  it('ends with the stream, each command told that it was not answered', async () => {
    const { control, peer } = await controlPair()
    const error = errorOf(control.ask('MKD x'))
    peer.end()
    assert.match((await error).message, /closed the control connection before it answered MKD x/)
    assert.equal((await errorOf(control.ask('PWD'))).code, 'session-lost')
  })

  it('is given up when a reply does not come', async () => {
    mock.timers.enable({ apis: ['setTimeout'] })
    try {
      const { control } = await controlPair()
      const error = errorOf(control.ask('PWD'))
      await settled()
      mock.timers.tick(LIMITS.reply)
      assert.deepEqual(
        [(await error).code, (await error).message],
        ['timeout', 'Gave up after 1000 ms: no reply to PWD.'],
      )
      assert.equal(control.lost?.code, 'timeout')
    } finally {
      mock.timers.reset()
    }
  })

  it('is not given up when the caller stops waiting; the late reply is still the first command’s', async () => {
    const { control, say } = await controlPair()
    const stop = new AbortController()
    const first = errorOf(control.ask('SIZE a', { signal: stop.signal }))
    stop.abort()
    assert.equal((await first).code, 'aborted')
    const second = control.ask('PWD')
    await say('213 5\r\n')
    await say('257 "/"\r\n')
    assert.equal((await second).code, 257)
  })

  it('finds the beat again with a NOOP: what is older and unanswered is forgotten, and strays are told', async () => {
    const { control, say } = await controlPair()
    const abor = control.start('ABOR', { accepts: (code) => code !== 200 })
    const strays = control.resynchronize()
    await settled()
    await say('200 ok\r\n')
    assert.deepEqual(await strays, [])
    assert.deepEqual([control.awaits(abor), control.inFlight], [false, 0])
  })

  it('says QUIT only when nothing is in flight', async () => {
    const polite = await controlPair()
    const closed = polite.control.close()
    await settled()
    await polite.say('221 bye\r\n')
    await closed
    assert.deepEqual(polite.lines, ['QUIT'])
    const busy = await controlPair()
    const error = errorOf(busy.control.ask('PWD'))
    await settled()
    await busy.control.close()
    assert.deepEqual([(await error).code, busy.lines], ['closed', ['PWD']])
  })

  it('goes on over another layer after the reply, and is given up when bytes are glued to it', async () => {
    const { control, say } = await controlPair()
    const next = pairedWire()
    const switched = control.switchTo('CCC', async () => next.wire, { expect: '200' })
    await settled()
    await say('200 in clear now\r\n')
    assert.equal((await switched)?.code, 200)
    const asked = control.ask('PWD')
    next.peer.write('257 "/"\r\n')
    assert.equal((await asked).code, 257)
    const attacked = await controlPair()
    const error = errorOf(attacked.control.switchTo('AUTH TLS', async (wire) => wire, { expect: '234' }))
    await settled()
    await attacked.say('234 go\r\n257 "/planted"\r\n')
    assert.equal((await error).code, 'protocol')
    assert.equal(attacked.control.lost?.code, 'protocol')
  })

  it('settles when the last reply is in', async () => {
    const { control, say } = await controlPair()
    await control.settled()
    const transfer = control.start('RETR x')
    const noop = control.start('NOOP', NOOP)
    let over = false
    const waiting = control.settled().then(() => {
      over = true
    })
    await say('226 done\r\n')
    assert.deepEqual([over, control.awaits(transfer), control.awaits(noop)], [false, false, true])
    await say('200 ok\r\n')
    await waiting
  })

  it('keeps the answers to our own NOOPs apart from the last reply', async () => {
    const { control, say } = await controlPair()
    const asked = control.ask('PWD')
    await say('257 "/"\r\n')
    await asked
    const noop = control.start('NOOP', NOOP)
    await say('200 ok\r\n')
    assert.equal((await noop.final).code, 200)
    assert.equal(control.lastReply?.code, 257)
  })

  it('tells its watcher of every command, and once of its end', async () => {
    const { control, say } = await controlPair()
    const told: string[] = []
    control.watcher = { sent: () => told.push('sent'), lost: () => told.push('lost') }
    const asked = control.ask('PWD')
    await say('257 "/"\r\n')
    await asked
    await Promise.all([control.close(), say('221 bye\r\n')])
    assert.deepEqual(told, ['sent', 'sent', 'lost'])
  })
})
