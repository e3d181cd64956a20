import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { finished } from 'node:stream/promises'
import { describe } from 'node:test'
import { crc32 } from 'node:zlib'
import type { ConnectOptions, Remote } from '../../src/index.js'
import { type Answer, type RawServer, rawServer, sends } from './raw-server.js'
import { contentOf, entriesOf, fails, listener, namesIn, sample, scene, verbs } from './scene.js'

const FILE = sample(50_000)
const MD5 = createHash('md5').update(FILE).digest('hex')
/** Its CRC-32 begins with a zero. */
const ZEROED = Buffer.from(zeroed())

function zeroed(): string {
  for (let number = 0; ; number++) if (crc32(`${number}`) < 0x1000_0000) return `${number}`
}

const HASHES = ['md5', 'crc32', 'sha1', 'sha256', 'sha512'] as const
const HASH_VERBS = ['HASH', 'XMD5', 'MD5', 'XCRC', 'XSHA1', 'XSHA256', 'XSHA512']

describe('verification', () => {
  for (const method of HASHES) {
    scene(`${method} catches one flipped byte in a download, and nothing is left`, async (s) => {
      const server = await s.server({ files: { '/f': FILE }, faults: [{ on: 'RETR', do: { flipByteAt: 31_000 } }] })
      const remote = await s.connect(server)
      await writeFile(s.at('f'), 'the old one')
      await fails(remote.download('/f', s.at('f'), { verify: [method] }), {
        code: 'mismatch',
        phase: 'verify',
        message: new RegExp(method),
        hint: /removed.*again/,
      })
      assert.deepEqual(await namesIn(s.dir), ['f'])
      assert.equal(await readFile(s.at('f'), 'utf8'), 'the old one')
      server.clearFaults()
      const result = await remote.download('/f', s.at('f'), { verify: [method] })
      assert.deepEqual([result.verifiedBy, result.integrity], [method, 'hashed'])
    })

    scene(`${method} catches one flipped byte in an upload, and nothing is left`, async (s) => {
      const server = await s.server({ files: { '/f': 'the old one' } })
      server.addFault({ on: 'STOR', do: { flipByteAt: 0 } })
      const remote = await s.connect(server, { verify: [method] })
      await fails(remote.upload(FILE, '/f'), { code: 'mismatch', phase: 'verify' })
      assert.deepEqual(
        (await entriesOf(remote.list('/'))).map(({ name }) => name),
        ['f'],
      )
      assert.equal((await contentOf(server, '/f'))?.toString(), 'the old one')
      server.clearFaults()
      assert.equal((await remote.upload(FILE, '/f')).verifiedBy, method)
    })
  }

  const orders: readonly [readonly string[], string][] = [
    [[], 'md5'],
    [['XMD5', 'MD5', 'HASH'], 'crc32'],
    [['XMD5', 'MD5', 'HASH', 'XCRC'], 'size'],
    [HASH_VERBS, 'size'],
  ]
  for (const [without, method] of orders)
    scene(`verify: true without ${without.join(', ') || 'any lack'} takes ${method}`, async (s) => {
      const server = await s.server({ files: { '/f': FILE }, without })
      const remote = await s.connect(server, { verify: true })
      assert.equal((await remote.download('/f', s.at('f'))).verifiedBy, method)
      assert.equal((await remote.upload(FILE, '/g')).verifiedBy, method)
    })

  scene('by HASH alone: each algorithm is chosen before it is asked for', async (s) => {
    const server = await s.server({ files: { '/a file': FILE }, without: HASH_VERBS.filter((verb) => verb !== 'HASH') })
    const remote = await s.connect(server)
    for (const method of HASHES) {
      const result = await remote.download('/a file', s.at('f'), { verify: [method] })
      assert.equal(result.verifiedBy, method)
    }
    server.addFault({ on: 'RETR', do: { flipByteAt: 1 } })
    await fails(remote.download('/a file', s.at('g'), { verify: ['sha256'] }), { code: 'mismatch' })
    const said = server.commands.filter((line) => /HASH/.test(line))
    assert.deepEqual(said.slice(0, 4), ['OPTS HASH MD5', 'HASH /a file', 'OPTS HASH CRC32', 'HASH /a file'])
  })

  scene('a CRC without its leading zeros', async (s) => {
    const raw = s.keep(
      await rawServer({
        on: {
          FEAT: '211-F\r\n EPSV\r\n SIZE\r\n XCRC\r\n211 End\r\n',
          SIZE: `213 ${ZEROED.length}\r\n`,
          RETR: sends(ZEROED),
          XCRC: `250 ${crc32(ZEROED).toString(16).toUpperCase()}\r\n`,
        },
      }),
    )
    assert.ok(crc32(ZEROED) < 0x1000_0000)
    const remote = await s.connect(raw.url)
    assert.equal((await remote.download('/f', s.at('f'), { verify: ['crc32'] })).verifiedBy, 'crc32')
  })

  scene('the first method of a list that the server can do is taken', async (s) => {
    const server = await s.server({ files: { '/f': FILE }, without: ['XSHA512', 'HASH'] })
    const remote = await s.connect(server)
    const result = await remote.download('/f', s.at('f'), { verify: ['sha512', 'sha256', 'md5'] })
    assert.equal(result.verifiedBy, 'sha256')
  })

  scene('a list of which the server can do none is an error, and nothing is left', async (s) => {
    const server = await s.server({ files: { '/f': FILE }, without: HASH_VERBS })
    const remote = await s.connect(server)
    await fails(remote.download('/f', s.at('f'), { verify: ['sha256', 'md5'] }), {
      code: 'not-supported',
      phase: 'verify',
      message: /sha256, md5/,
      hint: /verify: true/,
    })
    assert.deepEqual(await namesIn(s.dir), [])
    assert.equal((await remote.download('/f', s.at('f'))).integrity, 'sized')
  })

  scene('a method that nobody knows is refused before anything is sent', async (s) => {
    const server = await s.server({ files: { '/f': FILE } })
    const remote = await s.connect(server)
    const before = [...server.commands]
    const verify = ['md4'] as unknown as ConnectOptions['verify']
    await fails(remote.download('/f', s.at('f'), { verify }), { code: 'bad-argument' })
    assert.deepEqual(server.commands, before)
  })

  scene('text is never verified', async (s) => {
    const server = await s.server({ files: { '/f': 'a\nb\n' } })
    const remote = await s.connect(server, { verify: true })
    const result = await remote.download('/f', s.at('f'), { type: 'ascii' })
    assert.deepEqual([result.verifiedBy, result.integrity], [undefined, 'unproven'])
    await remote.upload(Buffer.from('a\nb\n'), '/g', { type: 'ascii' })
    assert.ok(!verbs(server).some((verb) => HASH_VERBS.includes(verb)))
  })

  scene('after a resume the whole file is hashed', async (s) => {
    const server = await s.server({
      files: { '/f': FILE },
      faults: [{ on: 'RETR', times: 1, do: { cutDataAt: 20_000 } }],
    })
    const remote = await s.connect(server)
    const result = await remote.download('/f', s.at('f'), { verify: ['md5'] })
    assert.deepEqual([result.retries, result.verifiedBy], [1, 'md5'])
  })

  scene('a 550 to the hash command is a failure, not a lack', async (s) => {
    const server = await s.server({
      files: { '/f': FILE },
      faults: [{ on: 'XMD5', do: { reply: '550 Permission denied.' } }],
    })
    const remote = await s.connect(server)
    await fails(remote.download('/f', s.at('f'), { verify: true }), { code: 'permission-denied' })
    assert.ok(!(await namesIn(s.dir)).includes('f'))
  })
})

/** A server with one file and one way to hash it. */
async function hashing(xmd5: Answer, feat = 'XMD5'): Promise<RawServer> {
  return await rawServer({
    on: {
      FEAT: `211-F\r\n EPSV\r\n SIZE\r\n ${feat}\r\n211 End\r\n`,
      SIZE: `213 ${FILE.length}\r\n`,
      RETR: sends(FILE),
      XMD5: xmd5,
      MD5: xmd5,
    },
  })
}

describe('the shapes of a hash reply', () => {
  const upper = MD5.toUpperCase()
  const shapes: readonly [string, string][] = [
    ['250 <hex>', `250 ${MD5}\r\n`],
    ['213 <hex>', `213 ${MD5}\r\n`],
    ['upper case', `250 ${upper}\r\n`],
    ['inside text', `250 The MD5 of "/my file" is ${MD5}.\r\n`],
    ['before the name', `251 "/my file" ${upper}\r\n`],
    ['over several lines', `250-Computing\r\n250 ${MD5}\r\n`],
  ]
  for (const [what, reply] of shapes)
    scene(`${what} is read`, async (s) => {
      const raw = s.keep(await hashing(reply))
      const remote = await s.connect(raw.url)
      const result = await remote.download('/my file', s.at('f'), { verify: ['md5'] })
      assert.equal(result.verifiedBy, 'md5')
      assert.ok(raw.lines.includes('XMD5 "/my file"'), 'a name with a blank is quoted')
    })

  for (const reply of ['250 done\r\n', `250 ${MD5.slice(1)}\r\n`, '250 \r\n'])
    scene(`${JSON.stringify(reply)} holds no hash, which is an error`, async (s) => {
      const raw = s.keep(await hashing(reply))
      const remote = await s.connect(raw.url)
      await fails(remote.download('/f', s.at('f'), { verify: ['md5'] }), { code: 'protocol', phase: 'verify' })
    })

  scene('a hash of other content is a mismatch', async (s) => {
    const raw = s.keep(await hashing(`250 ${'0'.repeat(32)}\r\n`))
    const remote = await s.connect(raw.url)
    await fails(remote.download('/f', s.at('f'), { verify: true }), { code: 'mismatch', message: /md5/ })
    assert.deepEqual(await namesIn(s.dir), [])
  })

  scene('a hash command listed but unknown after all: the next method', async (s) => {
    const raw = s.keep(await hashing('502 not here\r\n'))
    const remote = await s.connect(raw.url)
    assert.equal((await remote.download('/f', s.at('f'), { verify: true })).verifiedBy, 'size')
  })
})

describe('verification of streams and files in memory', () => {
  const ways = {
    readFile: (remote: Remote) => remote.readFile('/f', { verify: true }),
    read: (remote: Remote) => remote.read('/f', { verify: ['md5'] }).toArray(),
    'open, read to the end': async (remote: Remote) => {
      const file = await remote.open('/f', 'r', { verify: true })
      for (let part = await file.read(9999); part.length > 0; part = await file.read(9999));
      await file.close()
    },
    'open, read as many bytes as there are': async (remote: Remote) => {
      const file = await remote.open('/f', 'r', { verify: true })
      assert.equal((await file.read(FILE.length)).length, FILE.length)
      await file.close()
    },
    write: async (remote: Remote) => {
      const stream = remote.write('/f', { verify: true })
      stream.end(FILE)
      await finished(stream)
    },
    'open, write': async (remote: Remote) => {
      const file = await remote.open('/f', 'w', { verify: ['crc32'] })
      await file.write(FILE)
      await file.close()
    },
  }
  for (const [name, way] of Object.entries(ways))
    scene(`catches one flipped byte: ${name}`, async (s) => {
      const server = await s.server({ files: { '/f': FILE } })
      for (const on of ['RETR', 'STOR']) server.addFault({ on, do: { flipByteAt: 31_000 } })
      const remote = await s.connect(server)
      await fails(way(remote), { code: 'mismatch', phase: 'verify' })
      server.clearFaults()
      if (name.includes('write')) await remote.writeFile('/f', FILE)
      await way(remote)
    })

  scene("is connect()'s where the call says nothing, and compares sizes where there are no checksums", async (s) => {
    const server = await s.server({ files: { '/f': FILE }, without: HASH_VERBS })
    const { events, observe } = listener()
    const remote = await s.connect(server, { verify: true, observe })
    await remote.readFile('/f')
    const file = await remote.open('/g', 'w')
    await file.write(FILE)
    await file.close()
    assert.deepEqual(
      events.flatMap((event) => (event.type === 'verified' ? [event.path, event.method] : [])),
      ['/f', 'size', '/g', 'size'],
    )
  })

  scene('says that a part of a file was not verified', async (s) => {
    const server = await s.server({ files: { '/f': FILE } })
    const { events, observe } = listener()
    const remote = await s.connect(server, { observe })
    await remote.readFile('/f', { from: 100, verify: true })
    await remote.open('/f', 'a', { verify: true }).then((file) => file.close())
    assert.equal(events.filter((event) => event.type === 'warning' && event.code === 'not-verified').length, 2)
  })
})
