import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { TransferError } from '../../../../src/errors.js'
import { Ledger } from '../../../../src/ftp/control/pending-commands.js'
import { errorOf, reply } from '../scripted-talk.js'

const NOOP = { aside: true, accepts: (code: number) => [200, 500, 501, 502].includes(code) }

describe('the ledger', () => {
  it('gives replies to commands in the order they were sent', async () => {
    const ledger = new Ledger()
    const [first, second] = [ledger.enter('PWD', 'command'), ledger.enter('SIZE x', 'command')]
    ledger.deliver(reply('257 "/"'))
    ledger.deliver(reply('213 5'))
    assert.equal((await first.final).code, 257)
    assert.equal((await second.final).code, 213)
    assert.equal(ledger.size, 0)
  })

  it('keeps a command in flight after 1yz; its first reply is known then', async () => {
    const ledger = new Ledger()
    const transfer = ledger.enter('RETR x', 'transfer')
    ledger.deliver(reply('150 here it comes'))
    assert.equal((await transfer.first).code, 150)
    assert.ok(ledger.holds(transfer))
    ledger.deliver(reply('226 done'))
    assert.equal((await transfer.final).code, 226)
    assert.ok(!ledger.holds(transfer))
  })

  it('takes a second 1yz for the end of a transfer that was left early', async () => {
    const ledger = new Ledger()
    const transfer = ledger.enter('RETR x', 'transfer')
    ledger.deliver(reply('150 here it comes'))
    transfer.leave()
    ledger.deliver(reply('150 0.1 seconds (measured here)'))
    assert.equal((await transfer.final).code, 150)
    assert.equal((await transfer.first).text, 'here it comes')
    assert.equal(ledger.size, 0)
  })

  it('answers a first reply that is the final one too', async () => {
    const ledger = new Ledger()
    const transfer = ledger.enter('RETR x', 'transfer')
    ledger.deliver(reply('550 no'))
    assert.equal((await transfer.first).code, 550)
  })

  it('says when nobody waits for a reply, and gives it to no one', () => {
    const ledger = new Ledger()
    assert.equal(ledger.deliver(reply('226 what?')), undefined)
    const noop = ledger.enter('NOOP', 'command', NOOP)
    assert.equal(ledger.deliver(reply('226 what?')), undefined)
    assert.ok(ledger.holds(noop))
  })

  const sequences: readonly (readonly string[])[] = [
    ['150', '200', '226'],
    ['150', '226', '200'],
    ['150', '500', '426'],
    ['150', '426', '500'],
    ['150', '502', '250'],
    ['150', '451', '501'],
    ['200', '150', '226'],
  ]
  for (const codes of sequences)
    it(`tells a transfer's replies from those of a NOOP beside it: ${codes.join(', ')}`, async () => {
      const ledger = new Ledger()
      const transfer = ledger.enter('RETR x', 'transfer')
      const noop = ledger.enter('NOOP', 'command', NOOP)
      const whose = codes.map((code) => ledger.deliver(reply(`${code} so`)))
      const isNoop = (code: number): boolean => NOOP.accepts(code)
      assert.deepEqual(
        whose,
        codes.map((code) => (isNoop(Number(code)) ? 'aside' : 'asked')),
      )
      assert.equal((await noop.final).code, Number(codes.find((code) => isNoop(Number(code)))))
      assert.equal((await transfer.final).code, Number(codes.findLast((code) => !isNoop(Number(code)))))
      assert.equal(ledger.size, 0)
    })

  it('gives 500 to the transfer once the NOOP beside it has been answered', async () => {
    const ledger = new Ledger()
    const transfer = ledger.enter('RETR x', 'transfer')
    const noop = ledger.enter('NOOP', 'command', NOOP)
    ledger.deliver(reply('200 ok'))
    ledger.deliver(reply('500 broken'))
    assert.equal((await noop.final).code, 200)
    assert.equal((await transfer.final).code, 500)
  })

  it('gives ABOR its answers with a NOOP out before it', async () => {
    const ledger = new Ledger()
    const transfer = ledger.enter('RETR x', 'transfer')
    const noop = ledger.enter('NOOP', 'command', NOOP)
    const abor = ledger.enter('ABOR', 'transfer', { accepts: (code) => code !== 200 })
    for (const line of ['426 cut', '500 what is NOOP', '226 aborted']) ledger.deliver(reply(line))
    assert.deepEqual([(await transfer.final).code, (await noop.final).code, (await abor.final).code], [426, 500, 226])
  })

  it('fails everything in flight with the end of the connection, each naming its command', async () => {
    const ledger = new Ledger()
    const [first, second] = [ledger.enter('PWD', 'command'), ledger.enter('RETR x', 'transfer')]
    ledger.fail(new TransferError('session-lost', 'It was closed.', { phase: 'command', retryable: true }))
    const errors = [await errorOf(first.final), await errorOf(second.first)]
    assert.deepEqual(
      errors.map(({ code, command, phase, retryable }) => [code, command, phase, retryable]),
      [
        ['session-lost', 'PWD', 'command', true],
        ['session-lost', 'RETR x', 'transfer', true],
      ],
    )
    assert.equal(ledger.size, 0)
  })

  it('forgets what was in flight at the mark, and nothing later', async () => {
    const ledger = new Ledger()
    const older = ledger.enter('ABOR', 'transfer')
    const forget = ledger.mark()
    const younger = ledger.enter('PWD', 'command')
    forget()
    assert.deepEqual([ledger.holds(older), ledger.holds(younger)], [false, true])
  })

  it('is quiet when nothing is in flight, the NOOP included', async () => {
    const ledger = new Ledger()
    await ledger.quiet()
    const steps: string[] = []
    ledger.enter('RETR x', 'transfer')
    ledger.enter('NOOP', 'command', NOOP)
    const quiet = ledger.quiet().then(() => steps.push('quiet'))
    ledger.deliver(reply('226 done'))
    await new Promise((turn) => setImmediate(turn))
    steps.push('226')
    ledger.deliver(reply('200 ok'))
    await quiet
    assert.deepEqual(steps, ['226', 'quiet'])
  })
})
