import assert from 'node:assert/strict'
import { describe } from 'node:test'
import type { ConnectOptions, Entry, Remote, TransferEvent } from '../../src/index.js'
import type { ServerOptions } from '../../src/testing/index.js'
import { ca, good } from '../tls/fixtures.js'
import { rawServer } from './raw-server.js'
import { entriesOf, fails, type Scene, scene } from './scene.js'

const files = { '/file': 'content', '/dir/inner': 'inner' }

interface Talked {
  readonly remote: Remote
  /** Commands as they are, replies as '<229', in the order we saw them. */
  readonly said: string[]
}

async function talking(s: Scene, server: ServerOptions = {}, options: ConnectOptions = {}): Promise<Talked> {
  const said: string[] = []
  const observe = (event: TransferEvent): void => {
    if (event.type === 'command') said.push(event.text)
    if (event.type === 'reply') said.push(`<${event.code}`)
    if (event.type === 'closed') said.push('closed')
  }
  return { remote: await s.connect(await s.server({ files, ...server }), { observe, ...options }), said }
}

/** The commands sent from here on while `work` runs, without the replies. */
async function commandsOf(said: string[], work: () => Promise<unknown>): Promise<string[]> {
  const from = said.length
  await work()
  return said.slice(from).filter((line) => !line.startsWith('<'))
}

async function namesOf(listing: AsyncIterable<Entry>): Promise<string[]> {
  return (await entriesOf(listing)).map(({ name }) => name).sort()
}

/** As the library knows it: commands that are sent together, no MLSD. */
const VSFTPD = { greeting: '(vsFTPd 3.0.3)', without: ['MLSD', 'MLST'] }

describe('the working directory of a listing', () => {
  scene('is entered each time, with the data command and LIST in one go where the server takes that', async (s) => {
    const { remote, said } = await talking(s, VSFTPD)
    await remote.readFile('/file')
    for (let time = 0; time < 2; time++) {
      const from = said.length
      assert.deepEqual(await namesOf(remote.list('/dir')), ['inner'])
      assert.deepEqual(said.slice(from, from + 3), ['CWD /dir', 'EPSV', 'LIST -a'])
    }
  })

  scene('that cannot be entered is an error of that listing alone', async (s) => {
    const { remote, said } = await talking(s, VSFTPD)
    await remote.readFile('/file')
    for (const missing of ['/missing', '/file']) {
      const error = await fails(namesOf(remote.list(missing)), { code: ['not-found', 'not-directory'] })
      assert.deepEqual([error.command, error.path], [`CWD ${missing}`, missing])
    }
    assert.deepEqual(await namesOf(remote.list('/dir')), ['inner'])
    assert.equal((await remote.readFile('/file')).toString(), 'content')
    assert.ok(!said.includes('closed'))
  })

  scene('that was entered is not where relative paths begin', async (s) => {
    const { remote } = await talking(s, { without: ['MLSD', 'MLST'] })
    assert.deepEqual(await namesOf(remote.list('/dir')), ['inner'])
    assert.equal((await remote.readFile('file')).toString(), 'content')
  })
})

describe("after a command of the caller's", () => {
  scene('the state of the session is brought back once, before it matters', async (s) => {
    const { remote, said } = await talking(s)
    await remote.readFile('file')
    await remote.session.command('SITE HELP')
    const again = await commandsOf(said, () => remote.readFile('file'))
    assert.deepEqual(again.slice(0, 4).sort(), ['MODE S', 'SIZE /file', 'STRU F', 'TYPE I'])
    assert.deepEqual(again.slice(4), ['EPSV', 'REST 0', 'RETR /file'])
    assert.deepEqual(await commandsOf(said, () => remote.readFile('file')), ['SIZE /file', 'EPSV', 'RETR /file'])
  })

  scene('that changes nothing, nothing is said again', async (s) => {
    const { remote, said } = await talking(s)
    await remote.readFile('file')
    for (const line of ['NOOP', 'noop', 'SYST', 'STAT /file', 'SIZE /file', 'PWD']) await remote.session.command(line)
    assert.deepEqual(await commandsOf(said, () => remote.readFile('file')), ['SIZE /file', 'EPSV', 'RETR /file'])
  })

  scene('a server that knows neither MODE nor STRU nor REST is used on', async (s) => {
    const { remote } = await talking(s, { without: ['MODE', 'STRU', 'REST'] })
    await remote.session.command('SITE HELP')
    assert.equal((await remote.readFile('file')).toString(), 'content')
    await remote.session.command('SITE HELP')
    await remote.upload(Buffer.from('new'), 'new')
    assert.deepEqual(await namesOf(remote.list('/')), ['dir', 'file', 'new'])
  })

  scene('data is protected again before the next data connection', async (s) => {
    const { remote, said } = await talking(s, { tls: good }, { tls: { ca, servername: 'localhost' } })
    await remote.session.command('PROT C')
    const again = await commandsOf(said, () => remote.readFile('file'))
    assert.ok(again.indexOf('PROT P') >= 0 && again.indexOf('PROT P') < again.indexOf('EPSV'))
  })

  scene('a renaming that he began is not gone on with: the session is replaced before the next call', async (s) => {
    const { remote, said } = await talking(s)
    await remote.session.command('RNFR /file')
    await remote.remove('/dir/inner')
    assert.equal(said.filter((line) => line === 'closed').length, 1)
    assert.equal((await remote.readFile('/file')).toString(), 'content')
    await remote.session.command('RNFR /file')
    assert.equal((await remote.session.command('RNTO /renamed')).code, 250)
    assert.equal((await remote.readFile('/renamed')).toString(), 'content')
    assert.equal(said.filter((line) => line === 'closed').length, 1)
  })
})

describe('a login by commands of the caller', () => {
  for (const [name, lines, on] of [
    ['230 to PASS', ['USER two', 'PASS x'], {}],
    ['232 to USER', ['USER two'], { USER: '232 in\r\n' }],
    ['202 to ACCT', ['USER two', 'PASS x', 'ACCT y'], { PASS: '332 ?\r\n', ACCT: '202 in\r\n' }],
  ] as const)
    scene(`has the features asked and the login directory read when they are needed: ${name}`, async (s) => {
      let home = '/one'
      const raw = s.keep(
        await rawServer({
          on: { ...on, PWD: () => `257 "${home}" is here\r\n`, MKD: '257 made\r\n', REIN: '220 again\r\n' },
        }),
      )
      const remote = await s.connect(raw.url, { login: false })
      for (const line of lines) await remote.session.command(line)
      assert.ok(!raw.lines.includes('FEAT'), 'nothing is sent between the commands of the caller')
      await remote.makeDir('a')
      home = '/two'
      for (const line of ['REIN', ...lines]) await remote.session.command(line)
      await remote.makeDir('b')
      assert.deepEqual(
        raw.lines.filter((line) => /^(?:FEAT|MKD)/.test(line)),
        ['FEAT', 'MKD /one/a', 'FEAT', 'MKD /two/b'],
      )
      assert.ok(remote.capabilities.features.includes('SIZE'))
    })
})
