import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

/** The project's root; this file runs as BUILD/test/package/pages.test.js. */
const root = fileURLToPath(new URL('../../../', import.meta.url))

/** The pages by their paths from the root, each as lines. */
const pages = new Map(
  [
    'README.md',
    ...readdirSync(join(root, 'docs'))
      .filter((name) => name.endsWith('.md'))
      .map((name) => `docs/${name}`),
  ].map((page) => [page, readFileSync(join(root, page), 'utf8').split('\n')]),
)

test('every js and ts block of the pages type-checks against the declarations of the package', () => {
  const blocks = blocksOf(pages)
  assert.ok(blocks.length > 40, `${blocks.length} blocks were found`)
  // A reader of a js block has no types to get wrong but the ones of the package.
  const complaints = ['js', 'ts'].flatMap((language) =>
    typeCheck(
      blocks.filter((block) => block.info === language),
      language === 'ts',
    ),
  )
  assert.deepEqual(complaints, [])
})

test('the reference page shows every signature as it is declared', () => {
  const declared = flat(declarations().join('\n'))
  const lines = blocksOf(pages)
    .filter(({ info }) => info === 'ts signature')
    .flatMap(({ code }) => code.trim().split('\n'))
  const wrong = lines.filter((line) => !declared.includes(`${flat(line)};`))
  assert.ok(lines.length > 30, `${lines.length} signatures were found`)
  assert.deepEqual(wrong, [])
})

test('every member of Remote has a heading on the reference page', () => {
  const declared = readFileSync(join(root, 'dist/client/remote/remote.d.ts'), 'utf8')
  const body = declared.slice(declared.indexOf('interface Remote '))
  const members = [...body.matchAll(/^ {4}(?:readonly )?(\w+)[(:]/gm)].map(([, name]) => name)
  const headings = (pages.get('docs/REFERENCE.md') ?? []).filter((line) => line.startsWith('### remote.'))
  const missing = members.filter((name) => !headings.some((line) => new RegExp(`^### remote\\.${name}\\b`).test(line)))
  assert.ok(members.length >= 29, `${members.length} members were found`)
  assert.deepEqual(missing, [])
})

test('every link of the pages leads to a file and a heading', () => {
  const broken = [...pages].flatMap(([page, lines]) =>
    [...prose(lines).matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, target = '']) => target)
      .filter((target) => !leads(page, target))
      .map((target) => `${page}: ${target}`),
  )
  assert.deepEqual(broken, [])
})

test('every source file that the pages name exists', () => {
  const files = ['src', 'test', 'scripts', 'bench', 'examples'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((path) => join(folder, path)),
  )
  const exists = (name: string): boolean =>
    name.includes('/')
      ? files.includes(name) || files.includes(join('src', name))
      : files.some((path) => basename(path) === name)
  const missing = [...pages].flatMap(([page, lines]) =>
    [...prose(lines).matchAll(/`([\w./-]+\.(?:ts|mjs))`/g)]
      .map(([, name = '']) => name)
      .filter((name) => !exists(name))
      .map((name) => `${page}: ${name}`),
  )
  assert.deepEqual(missing, [])
})

interface Block {
  readonly page: string
  /** The line of its first line, from 1. */
  readonly line: number
  /** What follows the opening fence. */
  readonly info: string
  readonly code: string
}

function blocksOf(all: ReadonlyMap<string, readonly string[]>): Block[] {
  const blocks: Block[] = []
  for (const [page, lines] of all) {
    let from: number | undefined
    for (const [at, line] of lines.entries()) {
      if (!line.startsWith('```')) continue
      if (from !== undefined)
        blocks.push({
          page,
          line: from + 1,
          info: (lines[from - 1] ?? '').slice(3),
          code: lines.slice(from, at).join('\n'),
        })
      from = from === undefined ? at + 1 : undefined
    }
  }
  return blocks
}

/** The lines outside of fenced blocks. */
function prose(lines: readonly string[]): string {
  let inside = false
  return lines
    .filter((line) => {
      const fence = line.startsWith('```')
      if (fence) inside = !inside
      return !inside && !fence
    })
    .join('\n')
}

/** Complaints of the compiler, each with the page and the line. A block without a `remote` of its own gets one. */
function typeCheck(blocks: readonly Block[], strict: boolean): string[] {
  // Below the root, so that 'sallyport' is this package.
  mkdirSync(join(root, 'build'), { recursive: true })
  const folder = mkdtempSync(join(root, 'build', 'pages-'))
  try {
    const files = blocks.map((block, index) => {
      const own = /\b(?:const|using) remote\b/.test(block.code)
      const given = own ? 'export {}' : "declare const remote: import('sallyport').Remote\nexport {}"
      const file = join(folder, `block-${index}.ts`)
      writeFileSync(file, `${block.code}\n${given}\n`)
      return file
    })
    const flags = `--ignoreConfig --noEmit --strict ${strict} --module nodenext --target es2022 --lib es2023,esnext.disposable --types node`
    const args = [join(root, 'node_modules/typescript/bin/tsc'), ...flags.split(' '), ...files]
    const { stdout } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' })
    return stdout
      .split('\n')
      .filter((line) => line.includes('error TS'))
      .map((line) => located(line, blocks))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function located(complaint: string, blocks: readonly Block[]): string {
  const [, index, line, text] = /block-(\d+)\.ts\((\d+),\d+\): (.*)/.exec(complaint) ?? []
  const block = blocks[Number(index)]
  return block ? `${block.page}:${block.line + Number(line) - 1}: ${text}` : complaint
}

function declarations(): string[] {
  const dist = join(root, 'dist')
  return readdirSync(dist, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.d.ts'))
    .map((path) => readFileSync(join(dist, path), 'utf8'))
}

/** Without comments, and with one blank where there was any white space. */
function flat(code: string): string {
  return code
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/\s+/g, ' ')
    .replace(/; }/g, ' }')
    .trim()
}

function leads(page: string, target: string): boolean {
  if (/^[a-z]+:/.test(target)) return true
  const [path = '', anchor] = target.split('#')
  const file = path === '' ? page : relative(root, join(root, dirname(page), path))
  if (!existsSync(join(root, file))) return false
  return anchor === undefined || slugs(file).includes(anchor)
}

/** The anchors that GitHub gives to the headings of a page. */
function slugs(page: string): string[] {
  return prose(pages.get(page) ?? [])
    .split('\n')
    .filter((line) => line.startsWith('#'))
    .map((line) =>
      line
        .replace(/^#+ /, '')
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    )
}
