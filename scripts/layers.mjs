// layers.mjs [ROOT]: checks the shape of ROOT/src. Fails on
//  - an import that a layer may not make (type-only and dynamic imports count), and an import cycle between files;
//  - folders of one layer that import each other in a circle. There is no table of folder pairs: while there is no circle, each pair
//    has one direction, whichever it is;
//  - a file over 300 lines, a folder with more than 12 files, a function over 40 lines (from its first to its last line, as written) or
//    with more than 3 parameters (constructors, callbacks and function types too);
//  - a public member without a doc comment: all that a user reaches from the package's entry points.
// ROOT/scripts/exemptions.json lists what is allowed nevertheless, each with its reason; one that is not needed any more is refused.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript-api'
import { functionFindings } from './functions.mjs'
import { importedNames } from './imports.mjs'
import { undocumented } from './public-members.mjs'

// A layer is a folder of src; `ground` is every file that lies in src itself, except index.ts.
const ground = ['ground']
const bytes = [...ground, 'transport', 'ssh']
const below = [...bytes, 'ftp', 'sftp', 'local', 'engine']
const mayImport = {
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
const mayAlsoImport = {
  'index.ts': ['local'], // exports `disk`
  'cli/commands/serve.ts': ['testing'],
  'cli/commands/demo.ts': ['testing'],
}

const longestFile = 300
const fullestFolder = 12

const root =
  process.argv.slice(2).find((arg) => !arg.startsWith('--')) ?? dirname(dirname(fileURLToPath(import.meta.url)))
const src = join(root, 'src')

const files = readdirSync(src, { recursive: true })
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => path.endsWith('.ts'))
  .sort()
const texts = new Map(files.map((file) => [file, readFileSync(join(src, file), 'utf8')]))
const sources = new Map([...texts].map(([file, text]) => [file, ts.createSourceFile(file, text, 99, true)]))
const imports = new Map(files.map((file) => [file, importsOf(file)]))

const complaints = [
  ...files.flatMap(upward),
  ...cycles(imports).map((trail) => `import cycle: ${trail.join(' → ')}`),
  ...cycles(foldersOfLayers()).map((trail) => `folders import each other: ${trail.join(' → ')}`),
  ...notExempt([
    ...files.flatMap(tooLong),
    ...tooFull(),
    ...[...sources].flatMap(([file, source]) => functionFindings(file, source)),
    ...undocumented(sources),
  ]),
]
for (const complaint of complaints) console.error(`layers: ${complaint}`)
if (complaints.length > 0) process.exitCode = 1
else console.log(`layers: ${files.length} files; imports, folders, functions and doc comments are as they should be`)

function layerOf(file) {
  const [first, rest] = file.split('/', 2)
  return rest !== undefined || first === 'index.ts' ? first : 'ground'
}

/** The modules that a file names: paths relative to src for ours, bare names for others. */
function importsOf(file) {
  return importedNames(texts.get(file)).map((name) => (name.startsWith('.') ? sourceOf(file, name) : name))
}

function sourceOf(file, name) {
  return posix.join(posix.dirname(file), name).replace(/\.js$/, '.ts')
}

function upward(file) {
  const layer = layerOf(file)
  if (mayImport[layer] === undefined)
    return [`${file} lies in no layer: say in scripts/layers.mjs what ${layer} may import`]
  const allowed = [...mayImport[layer], ...(mayAlsoImport[file] ?? [])]
  return imports.get(file).flatMap((name) => {
    if (name === 'sallyport' || name.startsWith('sallyport/'))
      return [`${file} imports ${name}: inside src, import by path`]
    if (!name.endsWith('.ts')) return []
    if (!imports.has(name)) return existsSync(join(src, name)) ? [] : [`${file} imports ${name}, which is not in src`]
    if (allowed.includes(layerOf(name))) return []
    return [`${file} (${layer}) imports ${name} (${layerOf(name)}); ${layer} may import ${allowed.join(', ')}`]
  })
}

/** For each folder the other folders of its layer that its files import. */
function foldersOfLayers() {
  const graph = new Map(files.map((file) => [posix.dirname(file), []]))
  for (const [file, names] of imports)
    for (const name of names) {
      const [from, to] = [posix.dirname(file), posix.dirname(name)]
      if (from !== to && imports.has(name) && layerOf(file) === layerOf(name)) graph.get(from).push(to)
    }
  return graph
}

/** Every cycle that a depth-first walk of a graph closes. */
function cycles(graph) {
  const found = []
  const done = new Set()
  const visit = (node, trail) => {
    const at = trail.indexOf(node)
    if (at >= 0) found.push([...trail.slice(at), node])
    if (at >= 0 || done.has(node)) return
    for (const next of graph.get(node)) if (graph.has(next)) visit(next, [...trail, node])
    done.add(node)
  }
  for (const node of graph.keys()) visit(node, [])
  return found
}

function tooLong(file) {
  const lines = texts.get(file).trimEnd().split('\n').length
  if (lines <= longestFile) return []
  return [{ rule: 'file-lines', file, name: '*', text: `is longer than ${longestFile} lines (${lines})` }]
}

function tooFull() {
  const counts = new Map()
  for (const file of files) counts.set(posix.dirname(file), (counts.get(posix.dirname(file)) ?? 0) + 1)
  return [...counts]
    .filter(([, count]) => count > fullestFolder)
    .map(([file, count]) => ({
      rule: 'folder-files',
      file,
      name: '*',
      text: `has ${count} files; a folder has at most ${fullestFolder}`,
    }))
}

/** The findings that no exemption allows, and the exemptions that allow nothing. */
function notExempt(findings) {
  const list = join(root, 'scripts', 'exemptions.json')
  const exemptions = existsSync(list) ? JSON.parse(readFileSync(list, 'utf8')) : []
  const allows = (one) => (finding) =>
    one.rule === finding.rule && one.file === finding.file && (one.name === '*' || one.name === finding.name)
  const left = findings.filter((finding) => !exemptions.some((one) => allows(one)(finding)))
  const lines = left.map(({ file, rule, text }) => `${file} ${text} [${rule}]`)
  for (const one of exemptions) {
    const which = `scripts/exemptions.json: ${one.rule} of ${one.name} in ${one.file}`
    if (!one.reason) lines.push(`${which} gives no reason`)
    if (!findings.some(allows(one))) lines.push(`${which} is not needed any more`)
  }
  return lines
}
