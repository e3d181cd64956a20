import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const packageRoot = (from: string): string =>
  existsSync(join(from, 'package.json')) ? from : packageRoot(dirname(from))
const script = join(packageRoot(dirname(fileURLToPath(import.meta.url))), 'scripts', 'layers.mjs')

/** Runs the check on a tree of these files. */
function check(files: Record<string, string>): { status: number | null; text: string } {
  const root = mkdtempSync(join(tmpdir(), 'sallyport-floors-'))
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, 'src', path)), { recursive: true })
      writeFileSync(join(root, 'src', path), text)
    }
    const { status, stdout, stderr } = spawnSync(process.execPath, [script, root], { encoding: 'utf8' })
    return { status, text: stdout + stderr }
  } finally {
    rmSync(root, { recursive: true })
  }
}

/** The check must fail and name these things. */
function assertRefused(files: Record<string, string>, ...words: string[]): void {
  const { status, text } = check(files)
  assert.equal(status, 1, text)
  for (const word of words) assert.ok(text.includes(word), `"${word}" is not in: ${text}`)
}

const house = {
  'store.ts': 'export interface Store { path: string }\n',
  'transport/route.ts': "import type { Store } from '../store.js'\nexport type Route = Store\n",
  'ftp/session.ts': "import type { Route } from '../transport/route.js'\nexport type Session = Route\n",
  'ftp/listing/unix.ts': "import type { Session } from '../session.js'\nexport type Unix = Session\n",
  'engine/copy.ts': "import type { Store } from '../store.js'\nexport type Copy = Store\n",
  'client/connect.ts': "export type { Copy } from '../engine/copy.js'\nexport * from '../ftp/session.js'\n",
  'index.ts': "export * from './client/connect.js'\n",
  'testing/index.ts': "import { readFile } from 'node:fs'\nexport const start = readFile\n",
  'cli/commands/serve.ts': "const { start } = await import('../../testing/index.js')\nexport default start\n",
}

test('a house whose imports all lead downward passes', () => {
  const { status, text } = check(house)
  assert.equal(status, 0, text)
  assert.match(text, /9 files/)
})

test('an import upward is refused with both ends named', () => {
  const upward = { ...house, 'store.ts': "import { copy } from './engine/copy.js'\nexport const x = copy\n" }
  assertRefused(upward, 'store.ts (ground) imports engine/copy.ts (engine)')
})

test('a type-only import counts', () => {
  const typeOnly = "import type { Session } from '../ftp/session.js'\nexport type S = Session\n"
  assertRefused({ ...house, 'engine/copy.ts': typeOnly }, 'engine/copy.ts (engine) imports ftp/session.ts (ftp)')
})

test('an import over several lines, a re-export, a dynamic import and an import type count', () => {
  const forms = [
    "import {\n  a,\n  b,\n} from '../ftp/session.js'\nexport const x = a + b\n",
    "export * from '../ftp/session.js'\n",
    "export const load = () => import('../ftp/session.js')\n",
    "export type S = import('../ftp/session.js').Session\n",
    "import '../ftp/session.js'\n",
  ]
  for (const form of forms) assertRefused({ ...house, 'local/disk.ts': form }, 'local/disk.ts (local) imports')
})

test('an import in a comment does not count', () => {
  const comment =
    "/**\n * import { x } from '../ftp/session.js'\n */\n// import('../ftp/session.js')\nexport const x = 1\n"
  assert.equal(check({ ...house, 'local/disk.ts': comment }).status, 0)
})

test('the command line sees the public face, and only serve and demo see the embedded server', () => {
  assertRefused({ ...house, 'cli/main.ts': "import '../client/connect.js'\n" }, 'cli/main.ts (cli)')
  assertRefused({ ...house, 'cli/commands/get.ts': "import '../../testing/index.js'\n" }, 'cli/commands/get.ts (cli)')
})

test('a cycle is refused and printed, also one of types inside a room', () => {
  const cycle = {
    'engine/a.ts': "import type { B } from './b.js'\nexport type A = B\n",
    'engine/b.ts': "import type { C } from './c.js'\nexport type B = C\n",
    'engine/c.ts': "export type { A as C } from './a.js'\n",
  }
  assertRefused(cycle, 'engine/a.ts → engine/b.ts → engine/c.ts → engine/a.ts')
})

test('a file over a page, a room without a floor and an import of nothing are refused', () => {
  assertRefused({ 'ftp/long.ts': 'export {}\n'.repeat(301) }, 'ftp/long.ts is longer than 300 lines')
  assertRefused({ 'utils/pad.ts': 'export {}\n' }, 'utils/pad.ts lies in a room that has no floor')
  assertRefused({ 'store.ts': "import './gone.js'\n" }, 'store.ts imports gone.ts')
})
