import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { describe, it } from 'node:test'
import { connect, TransferError } from '../../src/index.js'
import { startServer } from '../../src/testing/index.js'
import { OTHER } from '../wire/other-host.js'
import { account, skipWithout, startLab } from './lab.js'
import { VERSIONS } from './tls-versions.js'

const content = randomBytes(300_000)
const TUNNEL_WITH = ['vsftpd-tls', 'proftpd-tls', 'pure-ftpd-tls', 'pyftpdlib-tls'] as const

describe('a port forwarded by socat, tunnel: true, FTPS inside', () => {
  for (const name of TUNNEL_WITH)
    for (const version of VERSIONS)
      it(`${name} ${version}`, { skip: skipWithout(name, 'socat') }, async () => {
        await using server = await startLab(name)
        await using forward = await startLab('socat', { target: server.port })
        const tls = { ca: await readFile(server.ca), minVersion: version, maxVersion: version }
        const url = `ftpes://${OTHER}:${forward.port}`
        const opened: string[] = []
        const options = { ...account, tunnel: true, proxy: false } as const
        // The certificate is for localhost and 127.0.0.1, not for the tunnel's end.
        await assert.rejects(connect(url, { ...options, tls }), (error) => {
          assert.ok(error instanceof TransferError)
          assert.match(`${error.code} ${error.hint}`, /^tls .*tls\.servername/)
          return true
        })
        await using remote = await connect(url, {
          ...options,
          tls: { ...tls, servername: 'localhost' },
          observe: (event) => event.type === 'data-open' && opened.push(event.address.split(':')[0] ?? ''),
        })
        await remote.upload(content, '/up/tunnelled')
        assert.deepEqual(await remote.readFile('/up/tunnelled'), content)
        for await (const _ of remote.list('/up'));
        assert.deepEqual(opened, [OTHER, OTHER, OTHER])
      })

  it('PASV, whose reply names the server: data goes to the tunnel all the same', {
    skip: skipWithout('vsftpd', 'socat'),
  }, async () => {
    await using server = await startLab('vsftpd', { extra: 'pasv_address=10.1.2.3\ncmds_denied=EPSV' })
    await using forward = await startLab('socat', { target: server.port })
    const opened: string[] = []
    await using remote = await connect(`ftp://${OTHER}:${forward.port}`, {
      ...account,
      tunnel: true,
      proxy: false,
      observe: (event) => event.type === 'data-open' && opened.push(event.address.split(':')[0] ?? ''),
    })
    assert.equal(String(await remote.readFile('/hello.txt')), 'hello, world\n')
    assert.deepEqual(opened, [OTHER])
    assert.match(await server.log(), /227 Entering Passive Mode \(10,1,2,3,/)
  })
})

describe('a forwarded port with the number of another protocol', () => {
  for (const port of [990, 22])
    it(`${port}: FTP in the clear is spoken there when the URL says ftp:`, {
      skip: process.getuid?.() === 0 ? false : `port ${port} needs root`,
    }, async () => {
      await using server = await startServer({ host: '127.0.0.3', port, files: { '/a': 'plain' } })
      await using remote = await connect(`ftp://127.0.0.3:${port}`, { tunnel: true, proxy: false })
      assert.equal(String(await remote.readFile('/a')), 'plain')
      assert.equal(remote.security, undefined)
      assert.equal(server.commands[0], 'USER anonymous')
    })
})
