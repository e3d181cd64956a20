// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${…} is the step language here
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { customDialect, fileZillaSteps } from '../../../../src/ftp/login/filezilla-script.js'
import { play } from '../../../../src/ftp/login/login-script.js'
import { scripted, thrown } from '../scripted-talk.js'

const VALUES = {
  user: 'joe',
  password: 'swordfish',
  host: 'files.test',
  port: 2121,
  serverPort: 'non-default',
  portSeparator: ':',
} as const
const OPTIONS = {
  part: 'login',
  dialect: 'custom',
  proxy: 'gate:21',
  server: 'files.test:2121',
  routeLimit: 45_000,
} as const

const SEQUENCE = 'USER %s\nPASS %w\nUSER %u@%h\nPASS %p\nACCT %a\n'

describe('the login sequence of FileZilla', () => {
  it('is all login, one step a line', () => {
    assert.deepEqual(fileZillaSteps('USER %u@%h\r\n\r\n  PASS %p  \r\nSITE x%%y\r\n'), {
      reach: [],
      login: [{ send: 'USER ${user}@${hostport}' }, { send: 'PASS ${password}', when: '3xx' }, { send: 'SITE x%y' }],
    })
  })

  it('plays with the proxy login and the account', async () => {
    const talk = scripted(
      ['USER fw', '331 password'],
      ['PASS fwsecret', '230 in'],
      ['USER joe@files.test:2121', '331 password'],
      ['PASS swordfish', '332 account'],
      ['ACCT sales', '230 in'],
    )
    const values = { ...VALUES, proxyUser: 'fw', proxyPassword: 'fwsecret', account: 'sales' }
    await play(talk, { steps: fileZillaSteps(SEQUENCE).login ?? [], values }, OPTIONS)
    talk.finished()
  })

  it('drops the lines whose value is empty, and the password of a proxy user who is', async () => {
    for (const proxyPassword of [undefined, '', 'left-over']) {
      const talk = scripted(['USER joe@files.test:2121', '331 password'], ['PASS swordfish', '230 in'])
      await play(
        talk,
        { steps: fileZillaSteps(SEQUENCE).login ?? [], values: { ...VALUES, proxyUser: '', proxyPassword } },
        OPTIONS,
      )
      talk.finished()
    }
  })

  it('sends the password of USER and SITE forms also after a 2yz that is no login', async () => {
    const talk = scripted(['SITE joe@files.test:2121', '220 connected'], ['PASS swordfish', '230 in'])
    await play(talk, { steps: fileZillaSteps('SITE %u@%h\nPASS %p').login ?? [], values: VALUES }, OPTIONS)
    talk.finished()
  })

  it('refuses an unknown letter, a lone per cent sign and a ${ with the number of the line', () => {
    for (const bad of ['PASS %x', 'PASS %', 'PASS ${password}']) {
      const error = thrown(() => fileZillaSteps(`USER %u\n${bad}`))
      assert.equal(error.code, 'bad-argument')
      assert.match(error.message, /^Line 2 /)
    }
  })

  it('refuses an empty sequence', () => {
    assert.equal(thrown(() => fileZillaSteps(' \n\n')).code, 'bad-argument')
  })
})

describe('customDialect', () => {
  it('takes a text, a list that logs in by itself, or both parts', () => {
    const open = { send: 'OPEN ${hostport}' }
    assert.deepEqual(customDialect('OPEN %h'), { reach: [], login: [open] })
    assert.deepEqual(customDialect([open]), { reach: [], login: [open] })
    assert.deepEqual(customDialect({ reach: [open] }), { reach: [open] })
  })

  it('checks what it takes', () => {
    assert.match(thrown(() => customDialect({ reach: [{ send: '${nothing}' }] })).message, /^Step 1 of the reach steps/)
  })
})
