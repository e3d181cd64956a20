import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { ProxyOptions } from '../../src/index.js'
import { account, type LabName, type LabServer, proxyAccount } from './lab.js'

/** One proxy of a way through tunnels. */
export interface Hop {
  readonly program: LabName
  readonly dialect: string
  /** Which of the program's ports. */
  readonly port?: 'httpPort' | 'httpLoginPort'
  readonly login?: { readonly user: string; readonly password: string }
}

/** Every kind of tunnel that the lab has, and chains of them, nearest first. */
export const TUNNELS = {
  'SOCKS 4 (Dante)': [{ program: 'dante', dialect: 'socks4' }],
  'SOCKS 5 (Dante)': [{ program: 'dante', dialect: 'socks5' }],
  'SOCKS 5h with credentials (Dante)': [{ program: 'dante-login', dialect: 'socks5h', login: account }],
  'SOCKS 5h (microsocks)': [{ program: 'microsocks', dialect: 'socks5h' }],
  'SOCKS 5 with credentials (microsocks)': [{ program: 'microsocks-login', dialect: 'socks5', login: proxyAccount }],
  'CONNECT (Squid)': [{ program: 'squid', dialect: 'http', port: 'httpPort' }],
  'CONNECT with Basic (Squid)': [{ program: 'squid', dialect: 'http', port: 'httpLoginPort', login: proxyAccount }],
  'CONNECT (tinyproxy)': [{ program: 'tinyproxy', dialect: 'http' }],
  'CONNECT with credentials (tinyproxy)': [{ program: 'tinyproxy-login', dialect: 'http', login: proxyAccount }],
  'an SSH jump (sshd)': [{ program: 'sshd', dialect: 'ssh', login: { user: account.user, password: '' } }],
  'SOCKS 5h, then CONNECT': [
    { program: 'microsocks', dialect: 'socks5h' },
    { program: 'tinyproxy', dialect: 'http' },
  ],
  'CONNECT, then an SSH jump': [
    { program: 'squid', dialect: 'http', port: 'httpPort' },
    { program: 'sshd', dialect: 'ssh', login: { user: account.user, password: '' } },
  ],
} as const satisfies Readonly<Record<string, readonly Hop[]>>

export type Start = (name: LabName) => Promise<LabServer>

/** What connect() takes for a hop whose program runs; a jump host is logged in to with the key of the lab. */
export async function proxyFor(start: Start, { program, dialect, port, login }: Hop): Promise<ProxyOptions> {
  const server = await start(program)
  const place = { dialect, host: server.host, port: (port && server[port]) ?? server.port }
  if (dialect !== 'ssh') return { ...place, ...login }
  const id = join(dirname(server.ca), 'id')
  return { ...place, user: account.user, privateKey: await readFile(id), agent: false, hostKey: { accept: 'any' } }
}
