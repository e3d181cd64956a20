// run.mjs [--rounds 5] [--only download,upload,list,small] [--clients sallyport,basic-ftp,curl,lftp] [--size MIB]
// Compares Sallyport with other clients on the lab's vsftpd over loopback, in interleaved rounds, and prints medians.
import { execFileSync, spawnSync } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readdirSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { startLab } from '../build/test/lab/lab.js'
import { commands } from './clients/commands.mjs'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    only: { type: 'string', default: 'download,upload,list,small' },
    clients: { type: 'string', default: Object.keys(commands).join() },
    size: { type: 'string', default: '1024' },
  },
})
const rounds = Number(values.rounds)
const tasks = values.only.split(',')
const clients = values.clients.split(',')
const size = Number(values.size) * 2 ** 20
const entries = 100_000
const smallFiles = { folders: 20, each: 100, bytes: 4096 }
const peer = 'basic-ftp'

const measurer = join(dirname(fileURLToPath(import.meta.url)), 'measure.py')
const space = roomiest()
const server = await startLab('vsftpd', { under: space.dir })
const work = join(dirname(server.home), 'bench') // goes with the server, also when this process is killed
mkdirSync(work)
try {
  const url = `ftp://${server.user}:${server.password}@${server.host}:${server.port}`
  const jobs = prepare(url)
  const results = measureAll(jobs)
  report(jobs, results)
} finally {
  await server.stop()
}

/** Memory-backed where it fits: source, target and a copy on the server, so that no disk takes part. */
function roomiest() {
  const needed = 4 * size
  try {
    const { bavail, bsize } = statfsSync('/dev/shm')
    if (bavail * bsize > needed) return { dir: '/dev/shm', note: 'files in tmpfs (/dev/shm)' }
  } catch {}
  return { dir: tmpdir(), note: `files in ${tmpdir()}: the disk takes part in the figures` }
}

/** Makes what the tasks need on the server; answers each task's job. */
function prepare(url) {
  const local = join(work, 'local')
  const makers = {
    download() {
      randomFile(join(server.home, 'big.bin'))
      return { remote: 'big.bin', local, check: () => sameSize(local) }
    },
    upload() {
      const source = join(work, 'source.bin')
      randomFile(source)
      const target = join(server.home, 'up', 'big.bin')
      return { remote: 'up/big.bin', local: source, target, check: () => sameSize(target) }
    },
    list() {
      mkdirSync(join(server.home, 'many'))
      for (let i = 0; i < entries; i++) closeSync(openSync(join(server.home, 'many', `entry-${i}.txt`), 'w'))
      return { remote: 'many', local, count: entries, check: () => {} }
    },
    small() {
      smallTree(join(server.home, 'small'))
      return { remote: 'small', local, check: () => sameTree(local) }
    },
  }
  return Object.fromEntries(tasks.map((task) => [task, { url, target: local, ...makers[task]() }]))
}

function randomFile(path) {
  execFileSync('sh', ['-c', 'head -c "$0" /dev/urandom >"$1"', String(size), path])
}

function smallTree(root) {
  const { folders, each, bytes } = smallFiles
  const name = (number) => String(number).padStart(2, '0')
  for (let folder = 0; folder < folders; folder++) {
    mkdirSync(join(root, `d${name(folder)}`), { recursive: true })
    for (let file = 0; file < each; file++)
      writeFileSync(join(root, `d${name(folder)}`, `f${name(file)}`), Buffer.alloc(bytes, file))
  }
}

function sameSize(path) {
  if (statSync(path).size !== size) throw new Error(`${path} has ${statSync(path).size} bytes`)
}

function sameTree(root) {
  const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const { folders, each } = smallFiles
  if (files.length !== folders * each) throw new Error(`${files.length} files arrived`)
}

/** One figure a client, task and round; the order of the clients turns from round to round. */
function measureAll(jobs) {
  const results = {}
  for (const [task, job] of Object.entries(jobs))
    for (let round = 0; round < rounds; round++)
      for (let turn = 0; turn < clients.length; turn++) {
        const client = clients[(turn + round) % clients.length]
        const figure = measure(client, task, job)
        results[task] ??= {}
        results[task][client] ??= []
        results[task][client].push(figure)
        process.stderr.write(
          `${task} ${round + 1}/${rounds} ${client}: ${figure.error ?? `${figure.seconds.toFixed(2)} s`}\n`,
        )
      }
  return results
}

function measure(client, task, job) {
  rmSync(job.target, { recursive: true, force: true })
  const argv = commands[client](task, job)
  const { stdout, stderr } = spawnSync('/usr/bin/python3', ['-I', measurer, ...argv], { encoding: 'utf8' })
  try {
    const figure = JSON.parse(stdout)
    if (figure.status !== 0) throw new Error(/^.*error.*$/im.exec(stderr)?.[0] ?? `exit code ${figure.status}`)
    job.check()
    return figure
  } catch (cause) {
    process.exitCode = 1
    return { error: `failed: ${cause.message}` }
  } finally {
    rmSync(job.target, { recursive: true, force: true })
  }
}

function report(jobs, results) {
  const versions = `Node ${process.versions.node}, ${cpus().length} × ${cpus()[0].model}`
  console.log(`vsftpd on loopback, plain FTP; ${space.note}; ${rounds} interleaved rounds, medians; ${versions}`)
  for (const [task, job] of Object.entries(jobs)) {
    console.log(`\n${task}: ${describe(task)}`)
    const base = median(results[task][peer], 'seconds')
    console.log(row('client', 'seconds', `× ${peer}`, 'MiB/s', 'CPU s', 'peak RSS MiB'))
    for (const client of clients) console.log(line(client, task, results[task][client], base))
    for (const client of clients) console.log(`  $ ${shown(commands[client](task, job))}`)
  }
}

function describe(task) {
  const { folders, each, bytes } = smallFiles
  if (task === 'list') return `a folder of ${entries.toLocaleString('en')} entries (curl prints the text unread)`
  if (task === 'small') return `a tree of ${folders * each} files of ${bytes} bytes in ${folders} folders, one session`
  return `one file of ${size / 2 ** 20} MiB`
}

function line(client, task, figures, base) {
  const failure = figures.find(({ error }) => error)
  if (failure) return row(client, failure.error)
  const seconds = median(figures, 'seconds')
  const rate = task === 'list' || task === 'small' ? '' : (size / 2 ** 20 / seconds).toFixed(0)
  const ratio = base === undefined ? '' : (seconds / base).toFixed(2)
  return row(
    client,
    seconds.toFixed(3),
    ratio,
    rate,
    median(figures, 'cpu').toFixed(2),
    median(figures, 'rss').toFixed(0),
  )
}

function row(first, ...cells) {
  return `  ${first.padEnd(10)}${cells.map((cell) => cell.padStart(14)).join('')}`
}

/** The middle of a column; none where a round failed. */
function median(figures, column) {
  const sorted = (figures ?? []).map((figure) => figure[column]).sort((a, b) => a - b)
  return sorted.includes(undefined) ? undefined : sorted[Math.floor(sorted.length / 2)]
}

function shown(argv) {
  const words = argv.map((word) =>
    word.replaceAll(work, 'WORK').replaceAll(process.cwd(), '.').replace(process.execPath, 'node'),
  )
  return words.map((word) => (/[\s;#[\]]/.test(word) ? `'${word}'` : word)).join(' ')
}
