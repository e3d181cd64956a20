import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { describe } from 'node:test'
import type { Remote, TransferEvent } from '../../src/index.js'
import { type Answer, type RawServer, rawServer } from './raw-server.js'
import { fails, type Scene, scene } from './scene.js'

/** A server with files, and with rules for their names; what it was told stays in `files`. */
async function picky(
  s: Scene,
  rules: { readonly name?: (name: string) => string | undefined; readonly on?: Readonly<Record<string, Answer>> },
): Promise<{ raw: RawServer; files: Map<string, string>; remote: Remote; events: TransferEvent[] }> {
  const files = new Map<string, string>()
  let from = ''
  const base = (path: string): string => path.split('/').at(-1) ?? ''
  const on: Readonly<Record<string, Answer>> = {
    MLST: '500 what?\r\n',
    MLSD: '500 what?\r\n',
    SIZE: (path) => (files.has(path) ? `213 ${files.get(path)?.length}\r\n` : '550 no such file\r\n'),
    MDTM: (path) => (files.has(path) ? '213 20240101000000\r\n' : '550 no such file\r\n'),
    EPSV: async (_, peer) => `229 Entering (|||${await peer.listen()}|)\r\n`,
    CWD: (path) => (path === '/' ? '250 ok\r\n' : '550 no such directory\r\n'),
    STOR: async (path, peer) => {
      const refused = rules.name?.(base(path))
      if (refused) return `${refused}\r\n`
      peer.say('150 go\r\n')
      const chunks: Buffer[] = []
      for await (const chunk of await peer.data()) chunks.push(chunk as Buffer)
      files.set(path, Buffer.concat(chunks).toString())
      return '226 done\r\n'
    },
    RNFR: (path) => {
      from = path
      return files.has(path) ? '350 go on\r\n' : '550 no such file\r\n'
    },
    RNTO: (path) => {
      files.set(path, files.get(from) ?? '')
      files.delete(from)
      return '250 ok\r\n'
    },
    DELE: (path) => (files.delete(path) ? '250 ok\r\n' : '550 no such file\r\n'),
    ...rules.on,
  }
  const raw = s.keep(await rawServer({ on }))
  const events: TransferEvent[] = []
  const remote = await s.connect(raw.url, { observe: (event) => events.push(event) })
  await writeFile(s.at('up'), 'content')
  return { raw, files, remote, events }
}

const stored = (lines: readonly string[]): string[] =>
  lines.filter((line) => line.startsWith('STOR')).map((line) => line.slice(6))
const warned = (events: readonly TransferEvent[]): number =>
  events.filter((event) => event.type === 'warning' && event.code === 'in-place').length
const learned = (events: readonly TransferEvent[]): string[] =>
  events.flatMap((event) => (event.type === 'learned' ? [event.name] : []))

const dotted = (reply: string) => (name: string) => (name.startsWith('.') ? reply : undefined)

describe('a temporary name that the server refuses', () => {
  const kinds: [string, (name: string) => string | undefined][] = [
    ['names with a dot: 553 Prohibited file name', dotted('553 Prohibited file name: .')],
    ['names with a dot: 550 forbidden filename', dotted('550 .x: Forbidden filename')],
    ['names with a dot: 501', dotted('501 Invalid name.')],
    ['names over 42 characters', (name) => (name.length > 42 ? '553 File name too long.' : undefined)],
  ]
  for (const [what, name] of kinds)
    scene(`(${what}) is replaced by a short one, once`, async (s) => {
      const target = `/a-name-of-some-thirty-characters.csv`
      const { raw, files, remote, events } = await picky(s, { name })
      await remote.upload(s.at('up'), target)
      await remote.upload(s.at('up'), '/b')
      assert.deepEqual(
        [...files],
        [
          [target, 'content'],
          ['/b', 'content'],
        ],
      )
      const names = stored(raw.lines)
      assert.equal(names.length, 3, `${names}`)
      assert.match(names[1] ?? '', /^[0-9a-f]{8}\.part$/)
      assert.match(names[2] ?? '', /^[0-9a-f]{8}\.part$/)
      assert.deepEqual([learned(events), warned(events)], [['hidden-names-refused'], 0])
    })

  scene('whatever it is: the file is written in place, with one warning', async (s) => {
    const name = (asked: string): string | undefined => (asked.endsWith('.csv') ? undefined : '553 Only CSV.')
    const { raw, files, remote, events } = await picky(s, { name })
    await remote.upload(s.at('up'), '/a.csv')
    await remote.upload(s.at('up'), '/b.csv')
    assert.deepEqual([...files.keys()], ['/a.csv', '/b.csv'])
    assert.equal(stored(raw.lines).length, 4)
    assert.deepEqual([learned(events), warned(events)], [['temporary-names-refused'], 1])
  })

  scene('and the final one too: the refusal is of the final name, and nothing is learned', async (s) => {
    const { raw, remote, events } = await picky(s, { name: () => '553 You may not write here.' })
    await fails(remote.upload(s.at('up'), '/a'), { code: ['permission-denied'] })
    assert.equal(stored(raw.lines).at(-1), 'a')
    assert.deepEqual([learned(events), warned(events)], [[], 0])
  })

  scene("never makes overwrite: 'never' replace a file", async (s) => {
    const { raw, files, remote } = await picky(s, { name: (name) => (name === 'a' ? undefined : '553 no') })
    await remote.upload(s.at('up'), '/a')
    files.set('/a', 'theirs')
    await fails(remote.upload(s.at('up'), '/a', { overwrite: 'never' }), { code: ['exists'] })
    assert.equal(files.get('/a'), 'theirs')
    assert.equal(stored(raw.lines).length, 3)
  })
})

describe('a server that does not rename', () => {
  for (const refusal of ['550 Permission denied.', '502 Not here.', '500 what?', '530 Not for you.'])
    scene(`(${refusal}): the file is written in place, and the next at once`, async (s) => {
      const { raw, files, remote, events } = await picky(s, { on: { RNFR: `${refusal}\r\n` } })
      files.set('/a', 'old')
      await remote.upload(s.at('up'), '/a')
      assert.deepEqual([...files], [['/a', 'content']], 'the temporary file is gone')
      await remote.upload(s.at('up'), '/b')
      assert.equal(files.get('/b'), 'content')
      assert.equal(raw.lines.filter((line) => line.startsWith('RNFR')).length, 1)
      assert.deepEqual([learned(events), warned(events)], [['rename-refused'], 1])
    })

  scene('and takes nothing in place: the whole file stays, and the error says where', async (s) => {
    const name = (asked: string): string | undefined => (asked === 'a' ? '553 no' : undefined)
    const { files, remote } = await picky(s, { name, on: { RNFR: '550 Permission denied.\r\n' } })
    const error = await fails(remote.upload(s.at('up'), '/a'), { code: ['permission-denied'] })
    assert.match(error.hint ?? '', /'\/a' was not written\. The whole file is under its temporary name '\/\.a\./)
    assert.deepEqual([...files.values()], ['content'])
  })

  scene('and a stream, which cannot be read again: the error says where it is, after a look', async (s) => {
    const { files, remote } = await picky(s, { on: { RNFR: '550 Permission denied.\r\n' } })
    async function* once(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('content')
    }
    const error = await fails(remote.upload(once(), '/a'), { code: ['permission-denied'] })
    assert.match(error.hint ?? '', /The whole file is under its temporary name .*temporary: 'none'/)
    assert.deepEqual([...files.values()], ['content'])
  })

  scene('and whose temporary file is gone: the error does not say that it is there', async (s) => {
    const held: { files?: Map<string, string> } = {}
    const RNFR: Answer = () => {
      held.files?.clear()
      return '550 no such file\r\n'
    }
    const { files, remote } = await picky(s, { on: { RNFR } })
    held.files = files
    const error = await fails(remote.upload(s.at('up'), '/a', { retries: 0 }), { code: ['not-found'] })
    assert.doesNotMatch(error.hint ?? '', /whole file is/)
    assert.match(error.hint ?? '', /shows no file/)
  })
})
