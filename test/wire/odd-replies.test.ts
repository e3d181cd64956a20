import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { type Answer, rawServer, sends } from './raw-server.js'
import { fails, scene } from './scene.js'

/** Answers the first time with one reply, later with another. */
function first(reply: string, then: Answer): Answer {
  let asked = false
  return (argument, peer) => {
    if (asked) return typeof then === 'function' ? then(argument, peer) : then
    asked = true
    return reply
  }
}

describe('RNFR and REST', () => {
  for (const reply of ['250 ok', '200 ok', '350 go on', '300 more'])
    scene(`RNFR answered ${reply}: RNTO decides`, async (s) => {
      const raw = s.keep(await rawServer({ on: { RNFR: `${reply}\r\n`, RNTO: '250 renamed\r\n' } }))
      const remote = await s.connect(raw.url)
      await remote.rename('/a', '/b')
      assert.deepEqual(raw.lines.slice(-2), ['RNFR /a', 'RNTO /b'])
    })

  scene('RNFR accepted and RNTO refused is a refusal', async (s) => {
    const raw = s.keep(await rawServer({ on: { RNFR: '250 ok\r\n', RNTO: '553 no\r\n' } }))
    const remote = await s.connect(raw.url)
    await fails(remote.rename('/a', '/b'), { code: 'permission-denied', message: /RNTO/ })
  })

  for (const reply of ['350 ok', '250 ok', '200 ok'])
    scene(`REST answered ${reply}: the transfer begins there`, async (s) => {
      const raw = s.keep(await rawServer({ on: { RETR: sends('defgh'), SIZE: '213 8\r\n', REST: `${reply}\r\n` } }))
      const remote = await s.connect(raw.url)
      const chunks: Buffer[] = []
      for await (const chunk of remote.read('/a', { from: 3 })) chunks.push(chunk)
      assert.equal(Buffer.concat(chunks).toString(), 'defgh')
    })

  scene('REST answered 202 is no start in the middle', async (s) => {
    const raw = s.keep(await rawServer({ on: { RETR: sends('x'), SIZE: '213 8\r\n', REST: '202 superfluous\r\n' } }))
    const remote = await s.connect(raw.url)
    await fails(
      (async () => {
        for await (const _ of remote.read('/a', { from: 3 })) assert.fail('bytes came')
      })(),
      { code: ['not-supported', 'protocol'] },
    )
  })
})

describe('a server that wants more before a transfer', () => {
  for (const reply of ['300 need more', '350 pending', '331 who?'])
    scene(`${reply}: ends the transfer`, async (s) => {
      const raw = s.keep(await rawServer({ on: { SIZE: '213 1\r\n', RETR: `${reply}\r\n` } }))
      const remote = await s.connect(raw.url)
      await fails(remote.readFile('/a'), { code: ['protocol', 'session-lost', 'login-refused'] })
    })

  for (const code of ['332', '532'])
    scene(`${code} to RETR: the account is given once, then the command again`, async (s) => {
      const raw = s.keep(
        await rawServer({
          on: { SIZE: '213 5\r\n', ACCT: '230 ok\r\n', RETR: first(`${code} account\r\n`, sends('hello')) },
        }),
      )
      const remote = await s.connect(raw.url, { account: 'billing' })
      assert.equal((await remote.readFile('/a')).toString(), 'hello')
      assert.equal(raw.lines.filter((line) => line === 'ACCT billing').length, 1)
    })

  scene('532 to MKD: the account is given, and MKD sent again', async (s) => {
    const raw = s.keep(await rawServer({ on: { ACCT: '202 ok\r\n', MKD: first('532 account\r\n', '257 "/d"\r\n') } }))
    const remote = await s.connect(raw.url, { account: 'billing' })
    await remote.makeDir('/d')
    assert.deepEqual(raw.lines.slice(-3), ['MKD /d', 'ACCT billing', 'MKD /d'])
  })

  scene('532 again after the account is the error, and the account is not sent twice', async (s) => {
    const raw = s.keep(await rawServer({ on: { ACCT: '230 ok\r\n', DELE: '532 account\r\n' } }))
    const remote = await s.connect(raw.url, { account: 'billing' })
    await fails(remote.remove('/a'), { code: 'login-refused' })
    await fails(remote.remove('/a'), { code: 'login-refused' })
    assert.equal(raw.lines.filter((line) => line === 'ACCT billing').length, 1)
  })

  scene('532 without an account names the option', async (s) => {
    const raw = s.keep(await rawServer({ on: { DELE: '532 account\r\n' } }))
    const remote = await s.connect(raw.url)
    await fails(remote.remove('/a'), { code: 'login-refused', hint: /account/ })
  })
})
