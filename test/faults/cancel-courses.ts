import { readFile } from 'node:fs/promises'
import { it } from 'node:test'
import { startProxy, startServer } from '../../src/testing/index.js'
import { account, type LabName, proxyAccount, skipWithout, startLab } from '../lab/lab.js'
import { ca, good } from '../tls/fixtures.js'
import { cancelSeries, type Series } from './cancelling.js'

interface Course {
  readonly server: LabName
  readonly proxy?: LabName
}

const LAB: readonly Course[] = [
  { server: 'vsftpd' },
  { server: 'vsftpd-tls' },
  { server: 'proftpd' },
  { server: 'proftpd-tls' },
  { server: 'pure-ftpd' },
  { server: 'pure-ftpd-tls' },
  { server: 'pyftpdlib' },
  { server: 'pyftpdlib-tls' },
  { server: 'vsftpd', proxy: 'modproxy' },
  { server: 'vsftpd', proxy: 'squid' },
  { server: 'vsftpd', proxy: 'suse' },
]

type Size = Pick<Series, 'times' | 'seed'>

/** Declares the series on every server and proxy of the lab, and on the embedded ones. */
export function cancelCourses({ limit, ...size }: Size & { readonly limit: number }): void {
  for (const tls of [false, true])
    it(`the embedded server${tls ? ', TLS' : ''}`, { timeout: limit }, async () => {
      await using server = await startServer({ ...(tls && { tls: good }) })
      await told(`embedded${tls ? ', TLS' : ''}`, {
        ...size,
        url: server.url.replace('//', '//demo:demo@'),
        path: '/here',
        options: { proxy: false, ...(tls && { tls: { ca } }) },
      })
    })
  it('the embedded server through the embedded proxy', { timeout: limit }, async () => {
    await using server = await startServer()
    await using proxy = await startProxy({ dialect: 'user' })
    const options = { proxy: proxy.url }
    await told('embedded proxy', { ...size, url: server.url.replace('//', '//demo:demo@'), path: '/here', options })
  })
  for (const course of LAB) {
    const name = [course.server, course.proxy].filter((one) => one !== undefined)
    it(name.join(' through '), { skip: skipWithout(...name), timeout: limit }, async () => {
      await using server = await startLab(course.server)
      await using proxy = course.proxy && (await startLab(course.proxy))
      const { user, password } = proxyAccount
      const secure = course.server.endsWith('-tls')
      await told(name.join(' through '), {
        ...size,
        url: `${secure ? 'ftpes' : 'ftp'}://${account.user}:${account.password}@${server.host}:${server.port}`,
        path: 'up/here',
        options: {
          proxy: proxy ? { dialect: 'user', host: proxy.host, port: proxy.port, user, password } : false,
          ...(secure && { tls: { ca: await readFile(server.ca) } }),
        },
      })
    })
  }
}

async function told(name: string, series: Series): Promise<void> {
  const { cancelled, finished, sessions } = await cancelSeries(series)
  console.log(`${name}: ${cancelled} cancelled, ${finished} over before, ${sessions} sessions`)
}
