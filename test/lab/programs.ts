/** What the lab can run, and which of it this machine has. */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** The first account of every server, and of Dante with login. */
export const account = { user: 'lab', password: 'lab-pass' } as const
/** The second account of every FTP server: the name with an @ is what breaks proxy logins. */
export const awkwardAccount = { user: 'joe@corp', password: 'p@ss:w/rd' } as const
/** The account of every proxy that has one of its own. */
export const proxyAccount = { user: 'proxy', password: 'proxy-pass' } as const

export interface Program {
  /** `servers/SCRIPT.sh`, and its arguments. */
  script: string
  variant?: string
  /** The daemon, looked for below the unpacked programs and then where Debian installs it. */
  daemon: string
  /** Other files without which it cannot run. */
  needs?: readonly string[]
  login?: { user: string; password: string }
}

const proftpd = { daemon: 'proftpd', needs: ['/usr/bin/socat'] }
const modproxy = { daemon: 'proftpd', script: 'modproxy', needs: ['/usr/lib/proftpd/mod_proxy.so', '/usr/bin/setpriv'] }
const pyftpdlib = {
  script: 'pyftpdlib',
  daemon: 'python3',
  needs: ['/usr/lib/python3/dist-packages/pyftpdlib', '/usr/lib/python3/dist-packages/OpenSSL'],
}

export const programs = {
  vsftpd: { script: 'vsftpd', daemon: 'vsftpd' },
  'vsftpd-tls': { script: 'vsftpd', variant: 'tls', daemon: 'vsftpd' },
  'vsftpd-implicit': { script: 'vsftpd', variant: 'implicit', daemon: 'vsftpd' },
  proftpd: { ...proftpd, script: 'proftpd' },
  'proftpd-tls': { ...proftpd, script: 'proftpd', variant: 'tls' },
  'proftpd-implicit': { ...proftpd, script: 'proftpd', variant: 'implicit' },
  'proftpd-tls-opt': { ...proftpd, script: 'proftpd', variant: 'tls-opt' },
  'proftpd-hosts': { ...proftpd, script: 'proftpd', variant: 'hosts' },
  'pure-ftpd': { script: 'pure-ftpd', daemon: 'pure-ftpd' },
  'pure-ftpd-tls': { script: 'pure-ftpd', variant: 'tls', daemon: 'pure-ftpd' },
  pyftpdlib,
  'pyftpdlib-tls': { ...pyftpdlib, variant: 'tls' },
  modproxy: { ...modproxy, variant: 'user@host' },
  'modproxy-auth': { ...modproxy, variant: 'proxyuser,user@host', login: proxyAccount },
  'modproxy-authhost': { ...modproxy, variant: 'proxyuser@host,user', login: proxyAccount },
  'modproxy-tls': { ...modproxy, variant: 'user@host+front' },
  'modproxy-plain-tls': { ...modproxy, variant: 'user@host+back' },
  'modproxy-both': { ...modproxy, variant: 'user@host+front+back' },
  'modproxy-sni': { ...modproxy, variant: 'user@sni+front' },
  squid: { script: 'squid', daemon: 'squid', login: proxyAccount },
  suse: { script: 'suse', daemon: 'ftp-proxy' },
  dante: { script: 'dante', daemon: 'danted' },
  'dante-login': { script: 'dante', variant: 'login', daemon: 'danted', login: account },
  tinyproxy: { script: 'tinyproxy', daemon: 'tinyproxy' },
  'tinyproxy-login': { script: 'tinyproxy', variant: 'login', daemon: 'tinyproxy', login: proxyAccount },
  microsocks: { script: 'microsocks', daemon: 'microsocks' },
  'microsocks-login': { script: 'microsocks', variant: 'login', daemon: 'microsocks', login: proxyAccount },
  stunnel: { script: 'stunnel', daemon: 'stunnel4' },
  socat: { script: 'socat', daemon: 'socat' },
  sshd: { script: 'sshd', daemon: 'sshd' },
  'sshd-ges': { script: 'sshd', variant: 'ges', daemon: 'sshd', needs: ['/usr/libexec/gesftpserver'] },
  'proftpd-sftp': { script: 'proftpd-sftp', daemon: 'proftpd', needs: ['/usr/lib/proftpd/mod_sftp.so'] },
  dropbear: { script: 'dropbear', daemon: 'dropbear', needs: ['/usr/lib/sftp-server'] },
} as const satisfies Record<string, Program>

export type LabName = keyof typeof programs
export const labNames = Object.keys(programs) as readonly LabName[]

const unpacked = process.env.SALLYPORT_LAB_PROGRAMS ?? '/opt/sallyport-lab'

/** Namespaces of its own for a program: see servers/launch.sh. */
export const unshare = ['--mount', '--pid', '--fork', '--kill-child']

/** True when a missing program must fail its tests (`SALLYPORT_LAB=required`, as in CI). */
export const labRequired = process.env.SALLYPORT_LAB === 'required'

export interface LabPresence {
  present: LabName[]
  missing: { name: LabName; why: string }[]
}

let presence: LabPresence | undefined

/** Which programs can be started here; looked at once a process. */
export function labPresent(): LabPresence {
  presence ??= lookAround()
  return presence
}

function lookAround(): LabPresence {
  const obstacle = machineObstacle()
  const found: LabPresence = { present: [], missing: [] }
  for (const name of labNames) {
    const why = obstacle ?? programObstacle(programs[name])
    if (why === undefined) found.present.push(name)
    else found.missing.push({ name, why })
  }
  return found
}

function machineObstacle(): string | undefined {
  if (process.env.SALLYPORT_LAB === 'off') return 'switched off by SALLYPORT_LAB=off'
  if (process.platform !== 'linux') return 'the lab runs on Linux only'
  if (process.getuid?.() !== 0) return 'the lab needs root'
  try {
    execFileSync('unshare', [...unshare, 'mount', '--bind', '/etc/hosts', '/etc/hosts'], { stdio: 'ignore' })
  } catch {
    return 'this machine does not allow namespaces (unshare --mount --pid)'
  }
  return undefined
}

function programObstacle({ daemon, needs = [] }: Program): string | undefined {
  if (findDaemon(daemon) === undefined) return `no ${daemon}`
  const absent = needs.find((path) => !existsSync(path))
  return absent && `no ${absent}`
}

export function findDaemon(daemon: string): string | undefined {
  return [join(unpacked, daemon, 'usr/sbin', daemon), join('/usr/sbin', daemon), join('/usr/bin', daemon)].find(
    (path) => existsSync(path),
  )
}

/**
 * For `test(title, { skip: skipWithout('vsftpd') }, …)`: the reason to skip when a program is missing, else false.
 * Never a reason where the lab is required: `startLab` then fails the test.
 */
export function skipWithout(...names: LabName[]): string | false {
  if (labRequired) return false
  const missing = labPresent().missing.find(({ name }) => names.includes(name))
  return missing ? `${missing.name}: ${missing.why}` : false
}

/** One line for people: what was found, what was not and how to get it. */
export function describeLab(): string {
  const { present, missing } = labPresent()
  const found = `Lab: ${present.join(', ') || 'nothing'} found`
  if (missing.length === 0) return found
  const reasons = new Set(missing.map(({ why }) => why))
  return `${found}; missing: ${missing.map(({ name }) => name).join(', ')} (${[...reasons].join('; ')}; scripts/lab-install installs them)`
}
