// reference.mjs [--check]: writes the tables of options in docs/REFERENCE.md and docs/TESTING.md, each between the lines
// <!-- options:NAME --> and <!-- /options:NAME -->, from the tables that the library itself checks against. --check changes nothing and
// fails where a page differs. Needs the modules of `npm run build:test`.
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const load = (path) => import(pathToFileURL(join(root, 'build', 'src', path)).href)

const connect = await load('client/options/connect-table.js')
const { CALLS } = await load('client/remote/calls.js')
const { TRANSFER } = await load('client/options/transfer-table.js')
const { PROXY } = await load('client/options/proxy-table.js')
const { TLS } = await load('client/options/tls-table.js')
const { HOST_KEY } = await load('client/options/ssh-table.js')
const { DIAGNOSE } = await load('client/doctor/diagnose-options.js')

const PAGES = {
  'docs/REFERENCE.md': {
    connect: rows(connect.CONNECT, (_, { only }) => only !== 'sftp'),
    sftp: rows(connect.CONNECT, (_, { only }) => only === 'sftp'),
    timeouts: rows(connect.TIMEOUTS),
    pool: rows(connect.POOL),
    keepAlive: rows(connect.KEEP_ALIVE),
    virtualHost: rows(connect.VIRTUAL_HOST),
    proxy: rows(PROXY),
    tls: rows(TLS),
    hostKey: rows(HOST_KEY),
    transfer: rows(TRANSFER),
    read: rows(CALLS.read.options),
    readFile: rows(CALLS.readFile.options),
    write: rows(CALLS.write.options),
    open: rows(CALLS.open.options),
    list: rows(CALLS.list.options),
    makeDir: rows(CALLS.makeDir.options),
    removeDir: rows(CALLS.removeDir.options),
    login: rows(connect.CREDENTIALS),
    configure: rows(connect.CONFIGURE),
    diagnose: rows(DIAGNOSE, (name) => !(name in connect.CONNECT)),
  },
}

const check = process.argv.includes('--check')
for (const [page, tables] of Object.entries(PAGES)) {
  const path = join(root, page)
  const text = readFileSync(path, 'utf8')
  const written = withTables(text, tables, page)
  if (written === text) continue
  if (check) complain(`${page} differs from the option tables; run: node scripts/reference.mjs`)
  else writeFileSync(path, written)
}

function rows(table, keep = () => true) {
  return Object.entries(table).filter(([name, row]) => keep(name, row))
}

/** The page with each table between its marks. A table without marks, or marks without a table, is a complaint. */
function withTables(text, tables, page) {
  const unwritten = new Set(Object.keys(tables))
  const written = text.replace(/<!-- options:(\w+) -->\n[\s\S]*?<!-- \/options:\1 -->/g, (whole, name) => {
    unwritten.delete(name)
    if (tables[name] === undefined)
      return complain(`${page} has marks for a table ${name}, which there is not.`) ?? whole
    return `<!-- options:${name} -->\n${markdown(tables[name])}\n<!-- /options:${name} -->`
  })
  for (const name of unwritten) complain(`${page} has no marks for the table ${name}.`)
  return written
}

function markdown(table) {
  const lines = table.map(([name, row]) => [
    `\`${name}\``,
    row.kind.says,
    row.default ?? (row.required ? '(required)' : ''),
    row.text,
  ])
  return [['option', 'value', 'default', 'meaning'], ['---', '---', '---', '---'], ...lines].map(line).join('\n')
}

function line(cells) {
  return `| ${cells.map((cell) => cell.replace(/(?<!\\)\|/g, '\\|')).join(' | ')} |`.replaceAll('|  |', '| |')
}

function complain(text) {
  console.error(`reference: ${text}`)
  process.exitCode = 1
}
