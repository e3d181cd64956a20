import { randomBytes } from 'node:crypto'
import { nameCheck } from '../conformance/names.js'
import { conformance, type Opened } from '../conformance/store.js'
import { account, type LabName, proxyAccount, skipWithout } from './lab.js'
import { LivingStore } from './living-store.js'
import { sharedLab } from './shared.js'

interface Case {
  readonly server: LabName
  readonly proxy?: LabName
  /** `ftp+` and this; the proxy's own account is given where it has one. */
  readonly dialect?: string
  readonly exceptions?: Readonly<Record<string, string>>
}

const SERVERS: readonly LabName[] = ['vsftpd', 'proftpd', 'pure-ftpd', 'pyftpdlib']
const PROXIES: readonly { readonly proxy: LabName; readonly dialect: string }[] = [
  { proxy: 'modproxy', dialect: 'user' },
  { proxy: 'modproxy-auth', dialect: 'login' },
  { proxy: 'modproxy-authhost', dialect: 'proxyuser' },
  { proxy: 'squid', dialect: 'user' },
  { proxy: 'suse', dialect: 'user' },
]

/** Every server directly and through each proxy. */
const CASES: readonly Case[] = [
  ...SERVERS.map((server) => ({ server })),
  ...PROXIES.flatMap((proxy) => SERVERS.map((server) => ({ server, ...proxy }))),
]

/** What a server or proxy cannot do, by its name; the reason is printed. */
const EXCEPTIONS: Readonly<Partial<Record<LabName, Readonly<Record<string, string>>>>> = {
  proftpd: { [nameCheck('star * and ?')]: "ProFTPD refuses '*' in the name of a new directory" },
  'pure-ftpd': {
    [nameCheck('trailing blank ')]: "Pure-FTPd writes '_' for a blank at the end of a name",
    [nameCheck('back\\slash')]: 'Pure-FTPd forbids backslashes in names',
  },
  squid: { [nameCheck('trailing blank ')]: 'Squid cuts blanks at the end of a command' },
}

/** SuSE ftp-proxy knows no MLSD, and only pyftpdlib lists such names without being asked. */
const HIDDEN = 'through SuSE ftp-proxy there is only LIST, which leaves hidden names out'
const NO_HIDDEN_NAMES = { [nameCheck('.hidden')]: HIDDEN, [nameCheck('...')]: HIDDEN }

const start = sharedLab()

async function open({ server: name, proxy: proxyName, dialect }: Case): Promise<Opened> {
  const server = await start(name)
  const url = `ftp://${account.user}:${account.password}@${server.host}:${server.port}`
  const proxy = proxyName && (await start(proxyName))
  const { user, password } = proxyAccount
  const store = await LivingStore.open(url, {
    proxy: proxy && dialect ? { dialect, host: proxy.host, port: proxy.port, user, password } : undefined,
  })
  const root = `/up/conformance-${randomBytes(4).toString('hex')}`
  await store.makeDir(root)
  return { store, root, close: () => store.close() }
}

for (const one of CASES) {
  const through = one.proxy ? ` through ${one.proxy}` : ''
  const hidden = one.proxy === 'suse' && one.server !== 'pyftpdlib' ? NO_HIDDEN_NAMES : {}
  const exceptions = { ...EXCEPTIONS[one.server], ...(one.proxy && EXCEPTIONS[one.proxy]), ...hidden }
  const skip = skipWithout(...[one.server, one.proxy].filter((name) => name !== undefined))
  conformance(`${one.server}${through}`, () => open(one), { exceptions, skip })
}
