import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { ConnectOptions } from '../../src/index.js'
import type { LabName, LabServer } from './lab.js'

/** Every SFTP server of the lab. */
export const SFTP_SERVERS = ['sshd', 'sshd-ges', 'proftpd-sftp', 'dropbear'] as const satisfies readonly LabName[]

/** The private key that every SFTP server of the lab lets in. */
export const keyOf = (server: LabServer): string => join(dirname(server.home), 'id')

/** SHA-256 of the server's host key, as OpenSSH prints it. */
export async function fingerprintOf(server: LabServer): Promise<string> {
  const [, key = ''] = (await readFile(join(dirname(server.home), 'host_key.pub'), 'utf8')).split(' ')
  return `SHA256:${createHash('sha256').update(Buffer.from(key, 'base64')).digest('base64').replace(/=+$/, '')}`
}

export const sftpUrl = (server: LabServer): string => `sftp://${server.user}@${server.host}:${server.port}`

/** Logs in with the key, and knows the server by its fingerprint; nothing of this machine's user is read. */
export async function sftpOptions(server: LabServer): Promise<ConnectOptions> {
  return {
    privateKey: keyOf(server),
    hostKey: { fingerprint: await fingerprintOf(server) },
    sshConfig: false,
    proxy: false,
  }
}
