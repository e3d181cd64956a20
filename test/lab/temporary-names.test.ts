import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { connect, type TransferEvent } from '../../src/index.js'
import { failure } from '../conformance/bytes.js'
import { skipWithout, startLab } from './lab.js'

const LONG = 'a-name-of-some-thirty-characters.csv'
const cases = [
  ['pure-ftpd', '-x', 'hidden-names-refused'],
  ['proftpd', 'PathDenyFilter "/\\\\.[^/]*$"', 'hidden-names-refused'],
  ['proftpd', 'PathDenyFilter "\\\\.part$"', 'temporary-names-refused'],
  ['vsftpd', 'cmds_denied=RNFR,RNTO', 'rename-refused'],
] as const

for (const [program, extra, fact] of cases)
  describe(`${program} with ${extra}`, { skip: skipWithout(program) }, () => {
    test('files arrive, replace others, and leave nothing beside them', async () => {
      await using server = await startLab(program, { extra })
      const events: TransferEvent[] = []
      const options = {
        user: server.user,
        password: server.password,
        observe: (event: TransferEvent) => events.push(event),
      }
      await using remote = await connect(`ftp://${server.host}:${server.port}`, options)
      await remote.makeDir('in')
      for (const content of ['one', 'two']) await remote.writeFile(`in/${LONG}`, content)
      await remote.writeFile('in/b.csv', 'b')
      await failure(() => remote.writeFile('in/b.csv', 'x', { overwrite: 'never' }), 'exists')
      assert.equal((await remote.readFile(`in/${LONG}`)).toString(), 'two')
      assert.equal((await remote.readFile('in/b.csv')).toString(), 'b')
      const names: string[] = []
      for await (const { name } of remote.list('in')) names.push(name)
      assert.deepEqual(names.sort(), [LONG, 'b.csv'])
      const facts = events.flatMap((event) => (event.type === 'learned' ? [event.name] : []))
      assert.ok(facts.includes(fact), `${facts}`)
    })
  })
