// test.mjs [--long] [TEXT…]: runs the compiled tests whose path contains one of the texts; all of them without a text.
// --long adds the long runs (*.long.js). Exit code 0 only if tests ran, none failed, and Node warned of nothing (a leak of listeners, a
// deprecated call) in any test process or thread, nor in any process that a test started.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const tests = join(root, 'build', 'test')
const args = process.argv.slice(2)
const long = args.includes('--long')
const texts = args.filter((arg) => !arg.startsWith('--'))

const kind = long ? /\.(test|long)\.js$/ : /\.test\.js$/
const files = readdirSync(tests, { recursive: true })
  .map((path) => join(tests, path))
  .filter((path) => kind.test(path))
  .filter((path) => texts.length === 0 || texts.some((text) => relative(root, path).includes(text)))
  .sort()

const { describeLab } = await import(pathToFileURL(join(tests, 'lab', 'lab.js')).href)
console.log(`${describeLab()}\n`)

// The tests dial loopback; a proxy that this shell's environment names is not meant for them.
for (const name of ['ftp_proxy', 'all_proxy', 'FTP_PROXY', 'ALL_PROXY']) delete process.env[name]

const notes = mkdtempSync(join(tmpdir(), 'sallyport-warnings-'))
const noter = pathToFileURL(join(root, 'scripts', 'note-warnings.mjs')).href
process.env.SALLYPORT_WARNINGS = join(notes, 'warnings')
process.env.NODE_OPTIONS = `${process.env.NODE_OPTIONS ?? ''} --import=${noter}`.trim()

const limit = long ? 1_800_000 : 300_000 // ms for a file: one that hangs must not hang the run
const results = run({ files, concurrency: Math.min(availableParallelism(), 4), timeout: limit })
let ran = 0
let failed = false
const complaints = []
results.on('test:pass', ({ name, skip, details }) => {
  // a file that ended before its first test did passes under its own name
  if (files.includes(name)) complaints.push(`${relative(root, name)} ran no test.`)
  else if (details.type !== 'suite' && skip === undefined) ran += 1
})
results.on('test:fail', ({ todo }) => {
  if (todo === undefined) failed = true
})
process.exitCode = 1 // until something ran and nothing failed
results.once('end', () => {
  complaints.push(...warnings())
  if (ran === 0 && !failed) complaints.push('No test ran.')
  if (!failed && complaints.length === 0) process.exitCode = 0
})
process.once('exit', () => {
  for (const complaint of complaints) console.error(complaint)
})

/** The package's own warnings, the mock clock of the test runner, and the weak server that a test refuses on purpose. */
function isWanted(name, message) {
  return name === 'SallyportWarning' || /MockTimers|DH parameter is less than 2048 bits/.test(message)
}

/** What Node warned of, each once. */
function warnings() {
  const file = process.env.SALLYPORT_WARNINGS
  const lines = existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : []
  rmSync(notes, { recursive: true })
  const found = lines.map((line) => JSON.parse(line)).filter(({ name, message }) => !isWanted(name, message))
  return [...new Map(found.map((one) => [`${one.where}${one.message}`, one])).values()].map(
    ({ where, stack }) => `Node warned in ${where}:\n${stack}`,
  )
}

results.compose(new spec()).pipe(process.stdout)
