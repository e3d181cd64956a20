import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { describe } from 'node:test'
import { deflateSync, inflateSync } from 'node:zlib'
import type { TransferOptions } from '../../src/index.js'
import { type Answer, rawServer, sends } from './raw-server.js'
import { entriesOf, fails, listener, namesIn, type Scene, scene } from './scene.js'

const TEXT = Buffer.from('one line is like the next one\n'.repeat(10_000))
const OFFERS = '211-Features\r\n EPSV\r\n MODE Z\r\n SIZE\r\n211 End\r\n'
const SIZE = `213 ${TEXT.length}\r\n`

/** A server that offers MODE Z and has one file, which the test's answers send. */
async function offering(s: Scene, on: Readonly<Record<string, Answer>>) {
  const server = s.keep(await rawServer({ on: { FEAT: OFFERS, MODE: '200 ok\r\n', SIZE, ...on } }))
  const { events, observe } = listener()
  const remote = await s.connect(server.url, { observe })
  const download = (options?: TransferOptions) => remote.download('/f', s.at('f'), { compress: true, ...options })
  const lines = (verb: string): string[] => server.lines.filter((line) => line.startsWith(verb))
  const warnings = (): string[] => events.flatMap((event) => (event.type === 'warning' ? [event.code] : []))
  return { server, remote, download, lines, warnings }
}

describe('download({ compress })', () => {
  scene('asks for MODE Z once, and for MODE S before whatever is not to be compressed', async (s) => {
    let packed = false
    const RETR: Answer = (argument, peer) =>
      (sends(packed ? deflateSync(TEXT) : TEXT) as (argument: string, peer: unknown) => Promise<string>)(argument, peer)
    const MODE: Answer = (mode) => {
      packed = mode === 'Z'
      return '200 ok\r\n'
    }
    const { download, remote, lines, warnings } = await offering(s, { RETR, MODE, LIST: sends('') })
    for (let time = 0; time < 2; time++) assert.equal((await download()).integrity, 'sized')
    assert.ok(TEXT.equals(await readFile(s.at('f'))))
    assert.deepEqual(lines('MODE'), ['MODE Z'])
    assert.ok(TEXT.equals(await remote.readFile('/f')))
    assert.deepEqual(lines('MODE'), ['MODE Z', 'MODE S'])
    await download()
    assert.deepEqual(await entriesOf(remote.list('/')), [])
    await remote.readFile('/f')
    assert.deepEqual(lines('MODE'), ['MODE Z', 'MODE S', 'MODE Z', 'MODE S'])
    await remote.session.command('MODE Z')
    assert.ok(TEXT.equals(await remote.readFile('/f')))
    assert.equal(lines('MODE').at(-1), 'MODE S')
    assert.deepEqual(warnings(), [])
  })

  scene(
    'moves the file as it is where the server does not offer it, or refuses it after all, and says so',
    async (s) => {
      const silent = await offering(s, { FEAT: '211-Features\r\n EPSV\r\n SIZE\r\n211 End\r\n', RETR: sends(TEXT) })
      await silent.download()
      assert.deepEqual([silent.lines('MODE'), silent.warnings()], [[], ['no-compression']])
      for (const refusal of ['504 no', '501 no', '502 no']) {
        const { download, lines, warnings } = await offering(s, { MODE: `${refusal}\r\n`, RETR: sends(TEXT) })
        for (let time = 0; time < 2; time++) assert.equal((await download()).bytes, TEXT.length)
        assert.ok(TEXT.equals(await readFile(s.at('f'))))
        assert.deepEqual([lines('MODE'), warnings()], [['MODE Z'], ['no-compression', 'no-compression']])
      }
    },
  )

  scene('begins again when the stream ended in the middle though the server said 226', async (s) => {
    let times = 0
    const packed = deflateSync(TEXT)
    const RETR: Answer = (argument, peer) =>
      (sends(times++ === 0 ? packed.subarray(0, 300) : packed) as (argument: string, peer: unknown) => Promise<string>)(
        argument,
        peer,
      )
    const { download, lines } = await offering(s, { RETR })
    const result = await download()
    assert.deepEqual([result.retries, result.bytes, lines('REST')], [1, TEXT.length, []])
    assert.ok(TEXT.equals(await readFile(s.at('f'))))
  })

  scene('stops a bomb at the size of the file, leaves nothing, and the next call works', async (s) => {
    const bomb = deflateSync(Buffer.alloc(100_000_000))
    let sent = bomb
    const RETR: Answer = async (_, peer) => {
      peer.say('150 here it comes\r\n')
      const data = await peer.data()
      data.end(sent)
      data.resume()
      await once(data, 'close').catch(() => {})
      return '226 done\r\n'
    }
    const { download } = await offering(s, { RETR })
    await fails(download(), { code: 'mismatch', message: /More than the 300000 bytes that \/f has/ })
    assert.deepEqual(await namesIn(s.dir), [])
    sent = deflateSync(TEXT)
    await download()
    assert.ok(TEXT.equals(await readFile(s.at('f'))))
  })

  scene('is refused together with what needs the bytes as they are', async (s) => {
    const { download, server } = await offering(s, {})
    const at = server.lines.length
    for (const options of [{ resume: true }, { segments: 2 }, { type: 'ascii' }] as const)
      await fails(download(options), { code: 'bad-argument', message: /compress and .* exclude each other/ })
    assert.deepEqual(server.lines.slice(at), [])
  })
})

describe('upload({ compress })', () => {
  scene('sends a deflate stream and compares the size of the file', async (s) => {
    const got: Buffer[] = []
    let size = 0
    const STOR: Answer = async (_, peer) => {
      peer.say('150 go on\r\n')
      const data = await peer.data()
      for await (const chunk of data) got.push(chunk as Buffer)
      size = inflateSync(Buffer.concat(got)).length
      data.end()
      return '226 done\r\n'
    }
    const on = { STOR, SIZE: () => `213 ${size}\r\n`, RNFR: '350 ok\r\n', RNTO: '250 ok\r\n' }
    const { remote, lines } = await offering(s, on)
    const result = await remote.upload(TEXT, '/f', { compress: true })
    assert.deepEqual([result.bytes, result.integrity], [TEXT.length, 'sized'])
    assert.ok(inflateSync(Buffer.concat(got)).equals(TEXT))
    assert.ok(Buffer.concat(got).length < TEXT.length / 10)
    assert.deepEqual(lines('MODE'), ['MODE Z'])
  })
})
