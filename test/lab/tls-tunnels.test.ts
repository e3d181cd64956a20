import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { type LabName, type LabServer, skipWithout, startLab } from './lab.js'
import { connectTls, mixedTransfers, reuseCounter, TLS_SERVERS } from './tls-versions.js'

/** Started once each, ended with this file. */
const running = new Map<LabName, Promise<LabServer>>()

function start(name: LabName): Promise<LabServer> {
  const known = running.get(name) ?? startLab(name)
  running.set(name, known)
  return known
}

after(async () => {
  for (const server of running.values()) await (await server).stop()
})

/** tinyproxy closes the connection to us the moment the server closes its own, which once cost a listing its tail. */
const TUNNELS = [
  { gate: 'dante', dialect: 'socks5', servers: TLS_SERVERS },
  { gate: 'squid', dialect: 'http', servers: TLS_SERVERS },
  {
    gate: 'tinyproxy',
    dialect: 'http',
    servers: TLS_SERVERS.filter(({ name }) => /^(proftpd|pyftpdlib)-tls$/.test(name)),
  },
] as const

describe('fifty mixed transfers through a tunnel, every data connection resumed', () => {
  for (const { gate, dialect, servers } of TUNNELS)
    for (const { name, scheme, resumes } of servers)
      for (const version of resumes)
        test(`${name} ${version} through ${gate}`, { skip: skipWithout(name, gate) }, async (t) => {
          const [server, { host, port, httpPort }] = [await start(name), await start(gate)]
          const { count, observe } = reuseCounter()
          const remote = await connectTls(server, {
            scheme,
            version,
            observe,
            proxy: { dialect, host, port: httpPort ?? port },
          })
          try {
            await mixedTransfers(remote, `/up/${gate}-${version}`, { count })
            t.diagnostic(
              `${process.version} ${name} ${version} through ${gate}: ${count.resumed}/${count.total} resumed`,
            )
            assert.equal(count.resumed, count.total)
          } finally {
            await remote.close()
          }
        })
})
