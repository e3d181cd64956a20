// How clients log in to an SSH server of the lab, and know it.
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** What a client needs to log in to an SSH server of the lab: the key, the host key's fingerprint, and a known_hosts file with it. */
export function sshOf({ home, host, port }, dir) {
  const [type, key] = readFileSync(join(dirname(home), 'host_key.pub'), 'utf8').split(' ')
  const knownHosts = join(dir, 'known_hosts')
  writeFileSync(knownHosts, `[${host}]:${port} ${type} ${key}\n`)
  const hash = createHash('sha256').update(Buffer.from(key, 'base64')).digest('base64')
  return { identity: join(dirname(home), 'id'), fingerprint: `SHA256:${hash.replace(/=+$/, '')}`, knownHosts }
}
