import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { type ConnectOptions, connect, type Remote, TransferError } from '../../src/index.js'
import { account, type LabName, type LabServer, skipWithout, startLab } from './lab.js'
import { tellCell } from './tls-matrix.js'
import { mixedTransfers, reuseCounter, VERSIONS, type Version } from './tls-versions.js'

const content = randomBytes(200_000)

interface Case {
  readonly proxy: LabName
  readonly server: LabName
  /** TLS between us and the proxy. */
  readonly front: boolean
}

const PLAIN = ['vsftpd', 'proftpd', 'pure-ftpd', 'pyftpdlib'] as const
/** Not those to which mod_proxy's own TLS is at fault: see below. */
const BEHIND_TLS = ['proftpd-tls', 'pure-ftpd-tls'] as const

/** mod_proxy with TLS in front, behind and both; what is behind is its own business. */
const CASES: readonly Case[] = [
  ...PLAIN.map((server) => ({ proxy: 'modproxy-tls' as const, server, front: true })),
  ...BEHIND_TLS.map((server) => ({ proxy: 'modproxy-plain-tls' as const, server, front: false })),
  ...BEHIND_TLS.map((server) => ({ proxy: 'modproxy-both' as const, server, front: true })),
]

async function both(
  { proxy: proxyName, server: serverName }: Case,
  use: (proxy: LabServer, server: LabServer) => Promise<void>,
): Promise<void> {
  await using server = await startLab(serverName)
  const issuer = serverName.endsWith('tls') ? `ProxyTLSCACertificateFile ${server.ca}` : ''
  await using proxy = await startLab(proxyName, { extra: issuer })
  await use(proxy, server)
}

function through(proxy: LabServer, version: Version | undefined): ConnectOptions {
  const tls = version && {
    ca: readFileSync(proxy.ca),
    scope: 'proxy' as const,
    minVersion: version,
    maxVersion: version,
  }
  return { ...account, proxy: { dialect: 'user', host: proxy.host, port: proxy.port }, ...(tls && { tls }) }
}

describe("TLS with mod_proxy, and mod_proxy's with the server", () => {
  for (const one of CASES)
    for (const version of one.front ? VERSIONS : [undefined])
      test(
        `${one.server} through ${one.proxy} ${version ?? 'in the clear'}`,
        {
          skip: skipWithout(one.proxy, one.server),
        },
        (t) =>
          both(one, async (proxy, server) => {
            const { count, observe } = reuseCounter()
            const scheme = one.front ? 'ftpes' : 'ftp'
            const url = `${scheme}://${server.host}:${server.port}`
            const remote = await connect(url, { ...through(proxy, version), observe })
            try {
              assert.equal(remote.security?.protocol, version)
              if (one.front) await mixedTransfers(remote, '/up/mixed', { count })
              await remote.upload(content, '/up/one')
              assert.deepEqual(await remote.readFile('/up/one'), content)
              const says = version
                ? `${count.resumed}/${count.total} resumed`
                : 'passed; TLS is between proxy and server alone'
              tellCell(t, { server: one.server, mode: scheme, version: version ?? 'none', way: one.proxy, says })
              assert.equal(count.resumed, count.total)
              assert.equal(count.total > 0, one.front)
            } finally {
              await remote.close()
            }
          }),
      )
})

describe("an upload that mod_proxy's TLS with the server cuts short never looks whole", () => {
  const FAULTS = {
    'vsftpd-tls': {
      code: 'data-connection',
      why: 'mod_proxy ends its TLS without the close_notify that vsftpd demands (426)',
    },
    'pyftpdlib-tls': {
      code: 'truncated',
      why: 'mod_proxy closes before pyftpdlib has read everything, which then says 226',
    },
  } as const
  for (const server of ['vsftpd-tls', 'pyftpdlib-tls'] as const)
    for (const version of [undefined, ...VERSIONS]) {
      const front = version !== undefined
      const proxy = front ? 'modproxy-both' : 'modproxy-plain-tls'
      test(`${server} through ${proxy} ${version ?? 'in the clear'}`, { skip: skipWithout(proxy, server) }, (t) =>
        both({ proxy, server, front }, async (gate, { host, port, home }) => {
          const { code, why } = FAULTS[server]
          const scheme = front ? 'ftpes' : 'ftp'
          const remote = await connect(`${scheme}://${host}:${port}`, through(gate, version))
          try {
            assert.equal((await remote.readFile('/hello.txt')).toString(), 'hello, world\n')
            const end = await endOf(remote, '/up/cut', home)
            assert.ok(end === 'whole' || end === code, end)
          } finally {
            await remote.close()
          }
          const says = `downloads pass, not every upload: ${why}; told as '${code}'`
          tellCell(t, { server, mode: scheme, version: version ?? 'none', way: proxy, says })
        }),
      )
    }

  /** How an upload ended, after its retries: whole on the server's disk, or with an error and nothing under its name. */
  async function endOf(remote: Remote, path: string, home: string): Promise<string> {
    const error: unknown = await remote.upload(content, path).then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
    const stored = await readFile(join(home, path)).catch(() => undefined)
    if (!error) {
      assert.ok(stored?.equals(content), 'it was said to be whole')
      return 'whole'
    }
    assert.ok(error instanceof TransferError, String(error))
    assert.equal(stored, undefined)
    return error.code
  }
})

test("the proxy's certificate is checked, before the password", { skip: skipWithout('modproxy-tls', 'proftpd') }, () =>
  both({ proxy: 'modproxy-tls', server: 'proftpd', front: true }, async (proxy, server) => {
    const { proxy: where } = through(proxy, 'TLSv1.3')
    const url = `ftpes://${server.host}:${server.port}`
    const error: unknown = await connect(url, { ...account, proxy: where, tls: { scope: 'proxy' } }).catch((e) => e)
    assert.ok(error instanceof TransferError)
    assert.equal(error.code, 'tls')
    assert.ok(error.message.includes(String(proxy.port)))
    assert.doesNotMatch(await proxy.log(), /USER|PASS/)
  }),
)

describe('ftp+sni: the server is named in the handshake', () => {
  async function connected(
    url: (server: LabServer) => string,
    use: (open: Promise<Remote>, proxy: LabServer) => Promise<void>,
  ) {
    await using server = await startLab('proftpd')
    await using proxy = await startLab('modproxy-sni')
    const where = { dialect: 'sni', host: proxy.host, port: proxy.port }
    await use(connect(url(server), { ...account, proxy: where, tls: { ca: readFileSync(proxy.ca) } }), proxy)
  }

  test('transfers, and data connections that resume', { skip: skipWithout('modproxy-sni', 'proftpd') }, () =>
    connected(
      ({ port }) => `ftpes://localhost:${port}`,
      async (open) => {
        await using remote = await open
        const result = await remote.upload(content, '/up/sni')
        assert.equal(result.sessionReused, true)
        assert.deepEqual(await remote.readFile('/up/sni'), content)
        assert.match(remote.security?.reason ?? '', /./)
      },
    ),
  )

  test('the certificate is the proxy’s, not the server’s: another name is refused', {
    skip: skipWithout('modproxy-sni', 'proftpd'),
  }, async () => {
    await using server = await startLab('proftpd')
    await using proxy = await startLab('modproxy-sni')
    const where = { dialect: 'sni', host: proxy.host, port: proxy.port }
    const tls = { ca: readFileSync(proxy.ca), servername: 'other.test' }
    await assert.rejects(connect(`ftpes://localhost:${server.port}`, { ...account, proxy: where, tls }), {
      code: 'tls',
    })
    assert.doesNotMatch(await proxy.log(), /USER|PASS/)
  })

  for (const scheme of ['ftp', 'ftps'])
    test(`${scheme}:// is refused before anything is dialled`, async () => {
      const where = { dialect: 'sni', host: '127.0.0.1', port: 1 }
      await assert.rejects(connect(`${scheme}://localhost`, { ...account, proxy: where }), {
        code: 'bad-argument',
        hint: /ftpes/,
      })
    })
})
