// build.mjs: makes dist. TypeScript checks src and compiles it module by module; Rollup links these modules into few files, since a
// program that starts pays more for a file than for the code in it. What src imports with `import()` stays in files of its own, and each
// module is in one file only, whichever entry of the package it is reached from. Names and comments stay: a stack trace can be read.
import { spawnSync } from 'node:child_process'
import { cpSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rollup } from 'rollup'
import { importedNames } from './imports.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const modules = join(root, 'build-modules')
const dist = join(root, 'dist')
const library = ['index', 'sockettools/index', 'testing/index']
const entries = [...library, 'cli/main']

for (const folder of [modules, dist]) rmSync(folder, { recursive: true, force: true })
if (compile()) {
  await link()
  for (const file of declarations()) cpSync(join(modules, file), join(dist, file))
} else process.exitCode = 1 // tsc has printed why
rmSync(modules, { recursive: true, force: true })

/** False when there are errors; nothing is linked then. */
function compile() {
  // By its path: the parser that scripts/layers.mjs uses brings an older compiler, and `npx tsc` may be either.
  const args = [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.json', '--outDir', modules]
  return spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' }).status === 0
}

async function link() {
  const bundle = await rollup({
    input: Object.fromEntries(entries.map((entry) => [entry, join(modules, `${entry}.js`)])),
    external: (name) => !name.startsWith('.') && !name.startsWith(modules),
    treeshake: { moduleSideEffects: 'no-external' },
    onLog(level, { message }) {
      if (level === 'warn') throw new Error(message)
    },
  })
  await bundle.write({
    dir: dist,
    entryFileNames: '[name].js',
    chunkFileNames: 'chunks/[name].js',
    generatedCode: 'es2015',
    minifyInternalExports: false,
    hoistTransitiveImports: false,
  })
}

/** The declarations that users of the package can reach, as paths below both folders. */
function declarations() {
  const found = new Set()
  const visit = (file) => {
    if (found.has(file)) return
    found.add(file)
    const names = importedNames(readFileSync(join(modules, file), 'utf8')).filter((name) => name.startsWith('.'))
    for (const name of names) visit(posix.join(posix.dirname(file), name).replace(/\.js$/, '.d.ts'))
  }
  for (const entry of library) visit(`${entry}.d.ts`)
  return found
}
