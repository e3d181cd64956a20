// node-matrix.mjs [VERSION…]: runs the TLS tests against the lab's servers under several versions of Node (default 20, 22 and 24) and
// prints tables: server, TLS mode and TLS version by way, with the data connections that resumed of all there were. Needs `npm run
// build:test` before, the lab, and the npm registry, from which it takes the binaries (package `node`) into a temporary folder. Exit
// code 0 only if every test of every version passed.
import { execFile, execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const lab = join(process.env.SALLYPORT_BUILD ?? join(root, 'build'), 'test', 'lab')
const tests = ['tls', 'tls-socks', 'tls-connect', 'tls-gates', 'tls-proxies'].map((name) =>
  join(lab, `${name}.test.js`),
)
const versions = process.argv.length > 2 ? process.argv.slice(2) : ['20', '22', '24']
const LIMIT = 1_200_000 // ms for one version
/** What the scheme of a URL means. */
const MODES = { ftpes: 'explicit', ftps: 'implicit', ftp: 'none with us' }

const temporary = mkdtempSync(join(tmpdir(), 'sallyport-node-'))
try {
  const runs = []
  for (const version of versions) runs.push(await runWith(binaryOf(version)))
  console.log(`\n${tables(runs)}\n`)
  for (const { node, counts } of runs) console.log(`${node}: ${counts}`)
  if (runs.some(({ failed }) => failed)) process.exitCode = 1
} finally {
  rmSync(temporary, { recursive: true, force: true })
}

function binaryOf(version) {
  const prefix = join(temporary, version)
  execFileSync('npm', ['install', '--silent', '--no-save', '--prefix', prefix, `node@${version}`], { stdio: 'inherit' })
  return join(prefix, 'node_modules', 'node', 'bin', 'node')
}

async function runWith(binary) {
  const node = execFileSync(binary, ['--version'], { encoding: 'utf8' }).trim()
  console.error(`${node} …`)
  const words = ['--test', '--test-reporter=spec', '--test-concurrency=1', ...tests]
  const { failed, stdout } = await new Promise((resolve) => {
    execFile(binary, words, { timeout: LIMIT, maxBuffer: 1e8 }, (error, output) =>
      resolve({ failed: error !== null, stdout: output }),
    )
  })
  if (failed) console.error(stdout.slice(stdout.indexOf('failing tests')))
  const cells = stdout.split('\n').flatMap((line) => /cell \| (.*)$/.exec(line)?.[1] ?? [])
  const counts = stdout.split('\n').filter((line) => /^ℹ (tests|pass|fail|skipped) /.test(line))
  return { node, failed, cells: cells.map(readCell), counts: counts.map((line) => line.slice(2)).join(', ') }
}

function readCell(line) {
  const [, server, scheme, version, way, ...says] = line.split(' | ')
  return { row: `| ${server} | ${MODES[scheme]} | ${version} |`, way, says: says.join(' | ') }
}

/** TLS with the server over every route, then TLS with mod_proxy. Where the versions of Node agree, a cell shows the result once. */
function tables(runs) {
  const all = runs.flatMap(({ node, cells }) => cells.map((cell) => ({ node, ...cell })))
  const notes = []
  const table = (cells) => tableOf(cells, { expected: runs.length, notes })
  const both = [
    all.filter(({ way }) => !way.startsWith('modproxy')),
    all.filter(({ way }) => way.startsWith('modproxy')),
  ]
  const legend = () => notes.map((note, at) => `[${at + 1}] ${note}`).join('\n')
  return [
    `Resumed / all data connections; ${runs.map(({ node }) => node).join(', ')}.`,
    ...both.map(table),
    legend(),
  ].join('\n\n')
}

/** One row a server, mode and version; one column a way, direct first. */
function tableOf(all, { expected, notes }) {
  const rows = new Set(all.map(({ row }) => row))
  const ways = [...new Set(['direct', ...all.map(({ way }) => way)])].filter((way) =>
    all.some((cell) => cell.way === way),
  )
  const lines = [`| server | TLS | version | ${ways.join(' | ')} |`, `|${'---|'.repeat(ways.length + 3)}`]
  for (const row of rows) {
    const cells = ways.map((way) =>
      written(
        all.filter((cell) => cell.row === row && cell.way === way),
        expected,
      ),
    )
    lines.push(`${row} ${cells.map((text) => shortened(text, notes)).join(' | ')} |`)
  }
  return lines.join('\n')
}

function written(cells, expected) {
  if (cells.length === 0) return ''
  const said = new Set(cells.map(({ says }) => says))
  if (said.size === 1 && cells.length === expected) return [...said][0]
  return cells.map(({ node, says }) => `${node} ${says}`).join('; ')
}

/** Counts go into the table, texts below it. */
function shortened(text, notes) {
  const [, counts = '', note = ''] = /^(\d+\/\d+)? ?(?:resumed)?(?:, )?(.*)$/s.exec(text) ?? []
  if (note === '') return counts
  if (!notes.includes(note)) notes.push(note)
  return `${counts} [${notes.indexOf(note) + 1}]`.trim()
}
