// A server of the lab with space for files beside it, in memory where there is enough; and the time of a command there.
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startLab } from '../build/test/lab/lab.js'
import { sshOf } from './ssh.mjs'
import { onHost, roundTrip, startWan } from './wan.mjs'

const measurer = fileURLToPath(new URL('./measure.py', import.meta.url))

/** A run that takes longer has failed. */
const LIMIT = 300_000

/** Where the files lie: tmpfs, if it holds `mib`, so that no disk takes part in the figures. */
export function roomiest(mib) {
  try {
    const { bavail, bsize } = statfsSync('/dev/shm')
    if (bavail * bsize > mib * 2 ** 20) return { dir: '/dev/shm', note: 'files in tmpfs (/dev/shm)' }
  } catch {}
  return { dir: tmpdir(), note: `files in ${tmpdir()}: the disk takes part in the figures` }
}

/**
 * Starts a server for a row, `far` milliseconds away if that is given. `home` is what it serves, `dir` a place for local files,
 * `trip` how long a round trip really takes. All of it goes with `stop()`, and when this process is killed.
 */
export async function startGround({ server: name, far }, under) {
  const wan = far === undefined ? undefined : await startWan(far)
  const network = wan && { pid: wan.server.pid, address: wan.server.address }
  // Its log of every command is the lab's, not what a server usually does.
  const extra = name.startsWith('vsftpd') ? 'log_ftp_protocol=NO' : undefined
  const server = await startLab(name, { under, network, extra })
  const dir = join(dirname(server.home), 'bench')
  mkdirSync(dir)
  const secure = name.endsWith('-tls')
  const scheme = name === 'sshd' ? 'sftp' : secure ? 'ftpes' : 'ftp'
  const { user, password, host, port } = server
  return {
    home: server.home,
    dir,
    url: `${scheme}://${user}${scheme === 'sftp' ? '' : `:${password}`}@${host}:${port}`,
    ssh: scheme === 'sftp' ? sshOf(server, dir) : undefined,
    ca: secure ? server.ca : undefined,
    trip: wan && (await roundTrip(wan, port)),
    within: (argv) => (wan ? onHost(wan.client, argv) : argv),
    async stop() {
      await server.stop()
      await wan?.stop()
    },
  }
}

/** Runs a command there and checks what it did, outside the time that is taken. Answers { wall, cpu, rss, output } in seconds and MiB; throws when it failed or did the wrong thing. */
export function measure(ground, job, argv) {
  const clear = () => job.target && rmSync(job.target, { recursive: true, force: true })
  const output = join(ground.dir, 'output')
  clear()
  try {
    const args = ['-I', measurer, output, ...ground.within(argv)]
    const { stdout, stderr, error } = spawnSync('/usr/bin/python3', args, { encoding: 'utf8', timeout: LIMIT })
    if (error) throw error
    const { status, ...cost } = JSON.parse(stdout)
    if (status !== 0) throw new Error(`exit code ${status}: ${complaint(stderr)}`)
    const told = readFileSync(output, 'utf8')
    job.check(told)
    return { ...cost, output: told }
  } finally {
    clear()
  }
}

function complaint(stderr) {
  return (/^.*error.*$/im.exec(stderr)?.[0] ?? stderr.trim().split('\n').at(-1) ?? '').slice(0, 200)
}
