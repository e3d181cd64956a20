// package-check.mjs: looks at the package as npm would publish it. Run it after `npm run build`.
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { homedir, tmpdir } from 'node:os'
import { dirname, join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { importedNames } from './imports.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const belongs = /^(dist\/.+\.(js|d\.ts)|README\.md|CHANGELOG\.md|LICENSE|package\.json)$/
const required = ['README.md', 'CHANGELOG.md', 'LICENSE', 'package.json']

const problems = [...packed(), ...dependencies(), ...published(), ...publint()]
for (const problem of problems) console.error(`package: ${problem}`)
if (problems.length > 0) process.exitCode = 1
else console.log('package: content, dependencies, declarations, publint and attw are clean')

/** What is in the tarball, and what must not be in it. */
function packed() {
  const answer = run('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'])
  const files = JSON.parse(answer)[0].files.map(({ path }) => path)
  const strays = files.filter((path) => !belongs.test(path)).map((path) => `${path} does not belong into the package`)
  const absent = [...required, ...entryPoints()]
    .filter((path) => !files.includes(path))
    .map((path) => `${path} is missing`)
  const machine = files.filter(namesThisMachine).map((path) => `${path} names a folder of this machine`)
  return [...strays, ...absent, ...machine]
}

function entryPoints() {
  const targets = Object.values(manifest.exports).flatMap((entry) =>
    typeof entry === 'string' ? entry : Object.values(entry),
  )
  return [...targets, ...Object.values(manifest.bin)].map((path) => path.replace(/^\.\//, ''))
}

function namesThisMachine(path) {
  const words = readFileSync(join(root, path), 'utf8').split(/[\s"'`()=]+|file:\/\//)
  return words.some((word) => word.startsWith(`${root}/`) || word.startsWith(`${homedir()}/`))
}

/** What dist imports is in `dependencies`, and nothing else is. */
function dependencies() {
  const declared = Object.keys(manifest.dependencies ?? {})
  const imported = new Set(distFiles().flatMap(packagesOf))
  const unused = declared
    .filter((name) => !imported.has(name))
    .map((name) => `dependency ${name} is imported nowhere in dist`)
  const undeclared = [...imported]
    .filter((name) => !declared.includes(name))
    .map((name) => `dist imports ${name}, which is no dependency`)
  return [...unused, ...undeclared]
}

function distFiles() {
  return readdirSync(join(root, 'dist'), { recursive: true }).filter((path) => /\.(js|d\.ts)$/.test(path))
}

function packagesOf(file) {
  return importedNames(readFileSync(join(root, 'dist', file), 'utf8'))
    .filter((name) => !/^(\.|node:)/.test(name) && !builtinModules.includes(name))
    .map((name) => name.split('/', name.startsWith('@') ? 2 : 1).join('/'))
}

/** Every declaration holds together for a user who has what `npm install` brings, and does not skip that check. */
function declarations(folder, tarball) {
  const modules = join(folder, 'node_modules')
  mkdirSync(join(modules, manifest.name), { recursive: true })
  run('tar', ['-xzf', tarball, '--strip-components=1', '-C', join(modules, manifest.name)])
  for (const name of installed([...Object.keys(manifest.dependencies ?? {}), '@types/node']))
    cpSync(join(root, 'node_modules', name), join(modules, name), { recursive: true })
  const entries = Object.entries(manifest.exports).flatMap(([entry, { types }]) => (types ? [entry] : []))
  const lines = entries.map((entry, at) => `export * as entry${at} from '${posix.join(manifest.name, entry)}'\n`)
  writeFileSync(join(folder, 'user.ts'), lines.join(''))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  const flags = '--ignoreConfig --noEmit --strict --module nodenext --target es2022 --lib es2023,esnext.disposable'
  const args = [join(root, 'node_modules/typescript/bin/tsc'), ...flags.split(' '), '--types', 'node', 'user.ts']
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' })
  return status === 0 ? [] : [`tsc:\n${stdout}${stderr}`]
}

/** These packages, and those that they need. */
function installed(names, found = new Set()) {
  for (const name of names) {
    const path = join(root, 'node_modules', name, 'package.json')
    if (found.has(name) || !existsSync(path)) continue // an optional one may be absent
    found.add(name)
    const { dependencies = {}, optionalDependencies = {} } = JSON.parse(readFileSync(path, 'utf8'))
    installed(Object.keys({ ...dependencies, ...optionalDependencies }), found)
  }
  return found
}

function publint() {
  const { status, stdout, stderr } = spawnSync('npx', ['--no-install', 'publint', '--strict'], {
    cwd: root,
    encoding: 'utf8',
  })
  return status === 0 ? [] : [`publint:\n${stdout}${stderr}`]
}

/** Whether TypeScript users of every kind find the types. */
function types(tarball) {
  const args = ['--no-install', 'attw', tarball, '--profile', 'esm-only', '--no-color']
  const { status, stdout, stderr } = spawnSync('npx', args, { cwd: root, encoding: 'utf8' })
  return status === 0 ? [] : [`attw:\n${stdout}${stderr}`]
}

/** What is found in the tarball that npm would publish. */
function published() {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-pack-'))
  try {
    run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder])
    const tarball = join(folder, `${manifest.name}-${manifest.version}.tgz`)
    return [...declarations(folder, tarball), ...types(tarball)]
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function run(command, args) {
  return execFileSync(command, args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
}
