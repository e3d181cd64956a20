// node-matrix.mjs [VERSION…]: runs the TLS tests against the lab's servers under other versions of Node (default 22 and 24) and
// prints how many data connections resumed. Needs `npm run build:test` before, the lab, and the npm registry, from which it takes
// the binaries (package `node`) into a temporary folder.
import { execFile, execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const lab = join(process.env.SALLYPORT_BUILD ?? join(root, 'build'), 'test', 'lab')
const tests = ['tls', 'tls-tunnels', 'tls-proxies'].map((name) => join(lab, `${name}.test.js`))
const versions = process.argv.length > 2 ? process.argv.slice(2) : ['22', '24']
const temporary = mkdtempSync(join(tmpdir(), 'sallyport-node-'))
try {
  for (const version of versions) await matrix(version)
} finally {
  rmSync(temporary, { recursive: true, force: true })
}

async function matrix(version) {
  const prefix = join(temporary, version)
  execFileSync('npm', ['install', '--silent', '--no-save', '--prefix', prefix, `node@${version}`], { stdio: 'inherit' })
  const node = join(prefix, 'node_modules', 'node', 'bin', 'node')
  const run = promisify(execFile)(node, ['--test', '--test-reporter=spec', '--test-concurrency=1', ...tests], {
    timeout: 600_000,
    maxBuffer: 1e8,
  })
  const { stdout, failed } = await run.then(
    ({ stdout }) => ({ stdout, failed: false }),
    ({ stdout = '' }) => ({ stdout, failed: true }),
  )
  const told = stdout.split('\n').filter((line) => /resumed$|^ℹ (pass|fail|skipped) /.test(line))
  console.log(`node@${version}\n${told.join('\n')}`)
  if (!failed) return
  console.log(stdout.slice(stdout.indexOf('failing tests')))
  process.exitCode = 1
}
