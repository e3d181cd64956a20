// floors.mjs [ROOT]: checks ROOT/src against the floors of docs/ARCHITECTURE.md. Fails on an import that a room may not
// make (type-only and dynamic imports count), on an import cycle and on a file that has outgrown a page.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { importedNames } from './imports.mjs'

// The floors. A room is a folder of src; `ground` is every file that lies in src itself, except index.ts.
const ground = ['ground']
const bytes = [...ground, 'transport', 'ssh']
const below = [...bytes, 'ftp', 'sftp', 'local', 'engine']
const maySee = {
  ground,
  transport: [...ground, 'transport'],
  ssh: bytes,
  ftp: [...bytes, 'ftp'],
  sftp: [...bytes, 'sftp'],
  local: [...bytes, 'local'],
  engine: [...ground, 'engine'],
  client: [...below, 'client'],
  'index.ts': [...ground, 'client'],
  testing: [...ground, 'index.ts', 'testing'],
  sockettools: ['index.ts', 'sockettools'],
  cli: ['index.ts', 'cli'],
}
// Commands that run the embedded server, and the one store that users of the package make themselves.
const mayAlsoSee = {
  'index.ts': ['local'], // exports `disk`
  'cli/commands/serve.ts': ['testing'],
  'cli/commands/demo.ts': ['testing'],
}

const longestFile = 300
const tables = [] // files that are one long table, relative to src

const root = process.argv[2] ?? dirname(dirname(fileURLToPath(import.meta.url)))
const src = join(root, 'src')

const files = readdirSync(src, { recursive: true })
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => path.endsWith('.ts'))
  .sort()
const imports = new Map(files.map((file) => [file, importsOf(file)]))

const complaints = [
  ...files.flatMap(upward),
  ...cycles(),
  ...files.filter(tooLong).map((file) => `${file} is longer than ${longestFile} lines`),
]
for (const complaint of complaints) console.error(`floors: ${complaint}`)
if (complaints.length > 0) process.exitCode = 1
else console.log(`floors: ${files.length} files; no import upward, no cycle, no file over ${longestFile} lines`)

function roomOf(file) {
  const [first, rest] = file.split('/', 2)
  return rest !== undefined || first === 'index.ts' ? first : 'ground'
}

/** The modules that a file names: paths relative to src for ours, bare names for others. */
function importsOf(file) {
  const names = importedNames(readFileSync(join(src, file), 'utf8'))
  return names.map((name) => (name.startsWith('.') ? sourceOf(file, name) : name))
}

function sourceOf(file, name) {
  return posix.join(posix.dirname(file), name).replace(/\.js$/, '.ts')
}

function upward(file) {
  const room = roomOf(file)
  if (maySee[room] === undefined)
    return [`${file} lies in a room that has no floor: give ${room} one in scripts/floors.mjs`]
  const allowed = [...maySee[room], ...(mayAlsoSee[file] ?? [])]
  return imports.get(file).flatMap((name) => {
    if (name === 'sallyport' || name.startsWith('sallyport/'))
      return [`${file} imports ${name}: inside src, import by path`]
    if (!name.endsWith('.ts')) return []
    if (!imports.has(name)) return existsSync(join(src, name)) ? [] : [`${file} imports ${name}, which is not in src`]
    if (allowed.includes(roomOf(name))) return []
    return [`${file} (${room}) imports ${name} (${roomOf(name)}); ${room} may see ${allowed.join(', ')}`]
  })
}

/** Every cycle that a depth-first walk closes, as one line each. */
function cycles() {
  const found = []
  const done = new Set()
  const visit = (file, trail) => {
    const at = trail.indexOf(file)
    if (at >= 0) found.push(`import cycle: ${[...trail.slice(at), file].join(' → ')}`)
    if (at >= 0 || done.has(file)) return
    for (const name of imports.get(file)) if (imports.has(name)) visit(name, [...trail, file])
    done.add(file)
  }
  for (const file of files) visit(file, [])
  return found
}

function tooLong(file) {
  return !tables.includes(file) && readFileSync(join(src, file), 'utf8').trimEnd().split('\n').length > longestFile
}
