// The rows of SFTP and their clients: sshd of the lab, logged in to with a key, known by its host key.
import { fileURLToPath } from 'node:url'
import { sallyport } from './clients.mjs'
import { memory, ratio } from './targets.mjs'
import { fileDown, fileUp, listing } from './work.mjs'

/** This package, by its public API. */
const ours = (task, job) => {
  const { identity, fingerprint } = job.ssh
  return sallyport({ privateKey: identity, hostKey: { fingerprint }, sshConfig: false, proxy: false })(task, job)
}

/** fastGet, fastPut and list, as its README shows them. */
const ssh2SftpClient = (task, { url, remote, local = '-', ssh }) => {
  const script = fileURLToPath(new URL('./clients/ssh2-sftp-client.mjs', import.meta.url))
  return [process.execPath, script, task, url, remote, local, ssh.identity]
}

const BATCH = {
  download: ({ remote, local }) => `get ${remote} ${local}`,
  upload: ({ remote, local }) => `put ${local} ${remote}`,
  list: ({ remote }) => `ls -1f ${remote}`,
}

/** OpenSSH's own. */
const openSsh = (task, job) => {
  const { hostname, port, username } = new URL(job.url)
  const { identity, knownHosts } = job.ssh
  const options = `-q -b - -i ${identity} -o UserKnownHostsFile=${knownHosts} -P ${port}`
  return ['sh', '-c', `echo '@${BATCH[task](job)}' | sftp ${options} ${username}@${hostname}`]
}

const clients = { sallyport: ours, 'ssh2-sftp-client': ssh2SftpClient, sftp: openSsh }
const common = { server: 'sshd', clients, peer: 'ssh2-sftp-client' }

/** `file`, `far`: MiB; `entries`: names in a directory; `trip`: ms of a round trip over the slow link. */
export function sftpRows({ file, far, entries, trip }) {
  const away = { ...common, far: trip, rounds: 3, clients: { sallyport: ours, sftp: openSsh }, peer: 'sftp' }
  return [
    {
      ...common,
      name: 'sftp-download',
      title: `one file of ${file} MiB, down, SFTP (fastGet)`,
      work: fileDown(file),
      targets: [ratio(0.33, 'ssh2-sftp-client'), ratio(1.3, 'sftp'), memory(160)],
    },
    {
      ...common,
      name: 'sftp-upload',
      title: `one file of ${file} MiB, up, SFTP (fastPut)`,
      work: fileUp(file),
      targets: [ratio(0.5, 'ssh2-sftp-client'), ratio(1.3, 'sftp'), memory(160)],
    },
    {
      ...common,
      name: 'sftp-list',
      title: `a directory of ${entries.toLocaleString('en')} entries, SFTP`,
      work: listing(entries),
      targets: [ratio(0.5, 'ssh2-sftp-client')],
    },
    {
      ...away,
      name: 'sftp-far-download',
      title: `one file of ${far} MiB, down, SFTP, ${trip} ms round trip`,
      work: fileDown(far),
      targets: [ratio(1.2, 'sftp')],
    },
    {
      ...away,
      name: 'sftp-far-upload',
      title: `one file of ${far} MiB, up, SFTP, ${trip} ms round trip`,
      work: fileUp(far),
      targets: [ratio(1.2, 'sftp')],
    },
  ]
}
