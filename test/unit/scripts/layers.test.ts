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
  const root = mkdtempSync(join(tmpdir(), 'sallyport-layers-'))
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, 'src', path)), { recursive: true })
      writeFileSync(join(root, 'src', path), text)
    }
    const { status, stdout, stderr } = spawnSync(process.execPath, [script, root, '--all'], { encoding: 'utf8' })
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

const layered = {
  'store.ts': '/** Bytes by name. */\nexport interface Store {\n  /** Where. */\n  path: string\n}\n',
  'transport/route.ts': "import type { Store } from '../store.js'\n/** A route. */\nexport type Route = Store\n",
  'ftp/session.ts':
    "import type { Route } from '../transport/route.js'\n/** A session. */\nexport type Session = Route\n",
  'ftp/listing/unix.ts': "import type { Session } from '../session.js'\n/** A unix. */\nexport type Unix = Session\n",
  'engine/copy.ts': "import type { Store } from '../store.js'\n/** A copy. */\nexport type Copy = Store\n",
  'client/connect.ts': "export type { Copy } from '../engine/copy.js'\nexport * from '../ftp/session.js'\n",
  'index.ts': "export * from './client/connect.js'\n",
  'testing/index.ts': "import { readFile } from 'node:fs'\n/** Starts. */\nexport const start = readFile\n",
  'cli/commands/serve.ts': "const { start } = await import('../../testing/index.js')\nexport default start\n",
}

test('a tree whose imports all lead downward passes', () => {
  const { status, text } = check(layered)
  assert.equal(status, 0, text)
  assert.match(text, /9 files/)
})

test('an import upward is refused with both ends named', () => {
  const upward = { ...layered, 'store.ts': "import { copy } from './engine/copy.js'\nexport const x = copy\n" }
  assertRefused(upward, 'store.ts (ground) imports engine/copy.ts (engine)')
})

test('a type-only import counts', () => {
  const typeOnly = "import type { Session } from '../ftp/session.js'\nexport type S = Session\n"
  assertRefused({ ...layered, 'engine/copy.ts': typeOnly }, 'engine/copy.ts (engine) imports ftp/session.ts (ftp)')
})

test('an import over several lines, a re-export, a dynamic import and an import type count', () => {
  const forms = [
    "import {\n  a,\n  b,\n} from '../ftp/session.js'\nexport const x = a + b\n",
    "export * from '../ftp/session.js'\n",
    "export const load = () => import('../ftp/session.js')\n",
    "export type S = import('../ftp/session.js').Session\n",
    "import '../ftp/session.js'\n",
  ]
  const files = Object.fromEntries(forms.map((form, at) => [`local/disk${at}.ts`, form]))
  assertRefused({ ...layered, ...files }, ...Object.keys(files).map((file) => `${file} (local) imports`))
})

test('an import in a comment does not count', () => {
  const comment =
    "/**\n * import { x } from '../ftp/session.js'\n */\n// import('../ftp/session.js')\nexport const x = 1\n"
  assert.equal(check({ ...layered, 'local/disk.ts': comment }).status, 0)
})

test('the command line imports the public entry, and only serve and demo import the embedded server', () => {
  assertRefused({ ...layered, 'cli/main.ts': "import '../client/connect.js'\n" }, 'cli/main.ts (cli)')
  assertRefused({ ...layered, 'cli/commands/get.ts': "import '../../testing/index.js'\n" }, 'cli/commands/get.ts (cli)')
})

test('a cycle is refused and printed, also one of types inside a layer', () => {
  const cycle = {
    'engine/a.ts': "import type { B } from './b.js'\nexport type A = B\n",
    'engine/b.ts': "import type { C } from './c.js'\nexport type B = C\n",
    'engine/c.ts': "export type { A as C } from './a.js'\n",
  }
  assertRefused(cycle, 'engine/a.ts → engine/b.ts → engine/c.ts → engine/a.ts')
})

test('a file over 300 lines, a folder that is no layer and an import of nothing are refused', () => {
  assertRefused({ 'ftp/long.ts': 'export {}\n'.repeat(301) }, 'ftp/long.ts is longer than 300 lines')
  assertRefused({ 'utils/pad.ts': 'export {}\n' }, 'utils/pad.ts lies in no layer')
  assertRefused({ 'store.ts': "import './gone.js'\n" }, 'store.ts imports gone.ts')
})

test('folders of one layer that import each other in a circle are refused, whichever files of theirs do it', () => {
  const circle = {
    'ftp/login/login.ts': "import '../control/replies.js'\nexport {}\n",
    'ftp/control/replies.ts': 'export {}\n',
    'ftp/control/channel.ts': "import '../data/address.js'\nexport {}\n",
    'ftp/data/address.ts': "import '../login/words.js'\nexport {}\n",
    'ftp/login/words.ts': 'export {}\n',
  }
  assertRefused(circle, 'folders import each other: ftp/control → ftp/data → ftp/login → ftp/control')
})

test('a folder with more than twelve files is refused', () => {
  const many = Object.fromEntries(Array.from({ length: 13 }, (_, at) => [`ftp/data/part${at}.ts`, 'export {}\n']))
  assertRefused(many, 'ftp/data has 13 files')
  const { [`ftp/data/part12.ts`]: _, ...twelve } = many
  assert.equal(check(twelve).status, 0)
})

test('a function over forty lines is refused, a method and a callback too', () => {
  const body = '  void 0\n'.repeat(39)
  const files = {
    'long.ts': `function long() {\n${body}}\nlong()\n`,
    'lock.ts': `class Lock {\n  take() {\n${body}}\n}\nnew Lock()\n`,
    'each.ts': `const each = [].map(() => {\n${body}})\nvoid each\n`,
  }
  assertRefused(files, 'long.ts long has 41 lines', 'Lock.take has 41 lines', 'each has 41 lines')
  assert.equal(check({ 'store.ts': `function long() {\n${'  void 0\n'.repeat(38)}}\nlong()\n` }).status, 0)
})

test('a fourth parameter is refused, also of a constructor, a callback and a function type', () => {
  const four = 'a: 1, b: 1, c: 1, d: 1'
  const forms = [
    `function made(${four}) {}\nmade(1, 1, 1, 1)\n`,
    `class Made {\n  constructor(${four}) {}\n}\nvoid Made\n`,
    `const made = (${four}) => {}\nvoid made\n`,
    `type Made = (${four}) => void\nconst x = {} as Made\nvoid x\n`,
  ]
  const files = Object.fromEntries(forms.map((form, at) => [`made${at}.ts`, form]))
  assertRefused(
    files,
    ...Object.keys(files).map(
      (file) => `${file} ${file === 'made1.ts' ? 'Made.constructor' : file === 'made3.ts' ? 'Made' : 'made'} takes 4`,
    ),
  )
  assert.equal(check({ 'store.ts': 'function made(this: 1, a: 1, b: 1, c: 1) {}\nvoid made\n' }).status, 0)
})

test('a public member without a doc comment is refused, wherever a user reaches it', () => {
  const files = {
    'index.ts': "export * from './errors.js'\nexport type { Options } from './client/options.js'\n",
    'errors.ts': 'export function send(): void {}\nexport const port = 21\n',
    'client/options.ts': [
      '/** Options. */\nexport interface Options {\n  size: { width: number }\n  /** Box. */\n  box: Box\n}',
      'type Box = { /** Lid. */ lid: { colour: string } }\n',
    ].join('\n'),
    'testing/index.ts': "export * from './server.js'\n",
    'testing/server.ts':
      '/** A. */\nexport class A {\n  on = 1\n  go(): void {}\n  get size(): number {\n    return 1\n  }\n}\n',
  }
  const members = 'send, port, Options.size, Options.size.width, Box, Box.lid.colour, A.on, A.go, A.size'.split(', ')
  assertRefused(files, ...members.map((member) => `${member} has no doc comment`))
})

test('what a user does not reach, or has the doc comment of the interface that it implements, needs none', () => {
  const shape = '/** A. */\nexport interface A {\n  /** Goes. */\n  go(): void\n}\n'
  const made =
    '/** B. */\nexport class B implements A {\n  #at = 0\n  private on = 1\n  go(): void {\n    void this.#at\n    void this.on\n  }\n}\n'
  const { status, text } = check({
    'index.ts': "export * from './client/shape.js'\n",
    'client/shape.ts': `${shape}${made}/** Takes. */\nexport function take(options: { deep: boolean }): void {\n  void options\n}\n`,
    'client/inner.ts': 'export const inner = 1\n',
  })
  assert.equal(status, 0, text)
})

test('an exemption lets its finding pass, and is refused without a reason and when nothing needs it', () => {
  const long = { 'ftp/long.ts': 'export {}\n'.repeat(301) }
  const exempt = { rule: 'file-lines', file: 'ftp/long.ts', name: '*', reason: 'a table' }
  const list = (...entries: object[]) => ({ '../scripts/exemptions.json': JSON.stringify(entries) })
  assert.equal(check({ ...long, ...list(exempt) }).status, 0)
  assertRefused({ ...long, ...list({ ...exempt, reason: '' }) }, 'gives no reason')
  assertRefused({ ...layered, ...list(exempt) }, 'file-lines of * in ftp/long.ts is not needed any more')
})
