import { hasher } from '../../hash.js'
import { name as nameOf } from '../../path.js'
import { type Entry, type HashName, isReceipt, type Store } from '../../store.js'
import { HASH_NAMES } from './access.js'
import { FACTS, factLine, readTimeValue, timeValue } from './listing.js'
import { type Command, pathOf, placeOf, quoted, sayable, type Visit } from './session-state.js'

const NOT_FOUND = '550 No such file or directory.'

/** True for a directory, also behind a link. */
export async function isDirectory(store: Store, path: string): Promise<boolean> {
  const entry = await store.stat(path)
  if (entry?.type !== 'link') return path === '/' || entry?.type === 'directory'
  try {
    for await (const _ of store.list(path)) break
    return true
  } catch {
    return false
  }
}

async function cwd(visit: Visit, argument: string): Promise<string> {
  if (!(await isDirectory(visit.settings.store, placeOf(visit, argument)))) return '550 No such directory.'
  visit.cwd = pathOf(visit, argument)
  return `250 Directory changed to ${quoted(visit.cwd)}.`
}

async function mkd(visit: Visit, argument: string): Promise<string> {
  await visit.settings.store.makeDir(placeOf(visit, argument))
  return `257 ${quoted(pathOf(visit, argument))} created.`
}

async function rmd(visit: Visit, argument: string): Promise<string> {
  await visit.settings.store.removeDir(placeOf(visit, argument))
  return '250 Directory removed.'
}

async function dele(visit: Visit, argument: string): Promise<string> {
  await visit.settings.store.remove(placeOf(visit, argument))
  return '250 File removed.'
}

async function rnfr(visit: Visit, argument: string): Promise<string> {
  const path = placeOf(visit, argument)
  if (!(await visit.settings.store.stat(path))) return NOT_FOUND
  visit.renameFrom = path
  return '350 Ready for RNTO.'
}

async function rnto(visit: Visit, argument: string): Promise<string> {
  const from = visit.renameFrom
  if (from === undefined) return '503 RNFR first.'
  visit.renameFrom = undefined
  await visit.settings.store.rename(from, placeOf(visit, argument))
  return '250 Renamed.'
}

async function size(visit: Visit, argument: string): Promise<string> {
  if (visit.type === 'A') return '550 SIZE not allowed in ASCII mode.'
  const entry = await visit.settings.store.stat(placeOf(visit, argument))
  if (!entry) return NOT_FOUND
  return entry.type === 'file' ? `213 ${entry.size ?? 0}` : '550 Not a plain file.'
}

async function mdtm(visit: Visit, argument: string): Promise<string> {
  const entry = await visit.settings.store.stat(placeOf(visit, argument))
  if (!entry) return NOT_FOUND
  return entry.modified ? `213 ${timeValue(entry.modified)}` : '550 The time is not known.'
}

async function mfmt(visit: Visit, argument: string): Promise<string> {
  const [, value = '', path = ''] = /^(\S+) (.+)$/s.exec(argument) ?? []
  const time = readTimeValue(value)
  if (!time) return '501 MFMT needs YYYYMMDDHHMMSS and a path.'
  const { store } = visit.settings
  if (!store.setTimes) return '504 The store cannot set times.'
  if (!(await store.stat(placeOf(visit, path)))) return NOT_FOUND
  await store.setTimes(placeOf(visit, path), time)
  return `213 Modify=${value}; ${path}`
}

async function mlst(visit: Visit, argument: string): Promise<string | string[]> {
  const entry = await statOf(visit, argument)
  if (!entry) return NOT_FOUND
  const path = pathOf(visit, argument)
  return [`250-Listing ${sayable(path)}`, ` ${factLine({ ...entry, name: path }, visit.facts)}`, '250 End']
}

/** What stands under a path; the root itself, which some stores do not tell, is a directory. */
export async function statOf(visit: Visit, argument: string): Promise<Entry | undefined> {
  const entry = await visit.settings.store.stat(placeOf(visit, argument))
  return entry ?? (pathOf(visit, argument) === '/' ? { name: '/', type: 'directory' } : undefined)
}

async function site(visit: Visit, argument: string): Promise<string | string[]> {
  const [, what = '', rest = ''] = /^(\S*) ?(.*)$/s.exec(argument) ?? []
  if (what.toUpperCase() === 'HELP') return ['214-SITE commands:', ' CHMOD HELP', '214 End']
  if (what.toUpperCase() !== 'CHMOD' || visit.settings.without.has('SITE CHMOD')) return '500 SITE command unknown.'
  if (visit.settings.readOnly) return READ_ONLY
  return chmod(visit, rest)
}

async function chmod(visit: Visit, argument: string): Promise<string> {
  const [, mode, path = ''] = /^([0-7]{3,4}) (.+)$/s.exec(argument) ?? []
  if (!mode) return '501 SITE CHMOD needs an octal mode and a path.'
  const { store } = visit.settings
  if (!store.setMode) return '504 The store keeps no modes.'
  if (!(await store.stat(placeOf(visit, path)))) return NOT_FOUND
  await store.setMode(placeOf(visit, path), Number.parseInt(mode, 8))
  return '200 SITE CHMOD ok.'
}

export const READ_ONLY = '550 Permission denied: this server is read-only.'

async function digest(store: Store, path: string, algorithm: HashName): Promise<string> {
  if (store.checksum && store.can.checksums.includes(algorithm)) return store.checksum(path, algorithm)
  const hash = hasher(algorithm)
  const source = await store.read(path)
  for (let next = await source.next(); !isReceipt(next); next = await source.next()) {
    for (const chunk of next.chunks) hash.update(chunk)
    next.release()
  }
  return hash.hex()
}

function hashCommand(algorithm: HashName): Command['run'] {
  return async (visit, argument) => {
    const path = await hashedPath(visit, argument)
    return `250 ${(await digest(visit.settings.store, path, algorithm)).toUpperCase()}`
  }
}

/** Some clients put the name in quotes; a file whose name has quotes comes first. */
async function hashedPath(visit: Visit, argument: string): Promise<string> {
  const bare = /^"(.+)"$/s.exec(argument)?.[1]
  if (bare === undefined || (await visit.settings.store.stat(placeOf(visit, argument)))) return placeOf(visit, argument)
  return placeOf(visit, bare)
}

async function hash(visit: Visit, argument: string): Promise<string> {
  const { store } = visit.settings
  const path = placeOf(visit, argument)
  const length = (await store.stat(path))?.size ?? 0
  const hex = await digest(store, path, visit.hash)
  return `213 ${hashName(visit)} 0-${length} ${hex} ${sayable(nameOf(argument))}`
}

function hashName(visit: Visit): string {
  return HASH_NAMES.find(([, algorithm]) => algorithm === visit.hash)?.[0] ?? ''
}

function hashFeature(visit: Visit): string {
  return `HASH ${HASH_NAMES.map(([name, algorithm]) => `${name}${algorithm === visit.hash ? '*' : ''}`).join(';')}`
}

function mlstFeature({ facts }: Visit): string {
  return `MLST ${FACTS.map((fact) => `${fact}${facts.includes(fact) ? '*' : ''};`).join('')}`
}

/** The commands on files and directories that need no data connection. */
export const FILES: Readonly<Record<string, Command>> = {
  CWD: { run: cwd },
  CDUP: { run: (visit) => cwd(visit, '..') },
  MKD: { run: mkd, writes: true },
  RMD: { run: rmd, writes: true },
  DELE: { run: dele, writes: true },
  RNFR: { run: rnfr, writes: true },
  RNTO: { run: rnto, writes: true },
  SIZE: { run: size, feature: () => 'SIZE' },
  MDTM: { run: mdtm, feature: () => 'MDTM' },
  MFMT: { run: mfmt, writes: true, feature: () => 'MFMT' },
  MLST: { run: mlst, feature: mlstFeature },
  SITE: { run: site },
  HASH: { run: hash, feature: hashFeature },
  XCRC: { run: hashCommand('crc32'), feature: () => 'XCRC' },
  XMD5: { run: hashCommand('md5'), feature: () => 'XMD5' },
  XSHA1: { run: hashCommand('sha1'), feature: () => 'XSHA1' },
  XSHA256: { run: hashCommand('sha256'), feature: () => 'XSHA256' },
  XSHA512: { run: hashCommand('sha512'), feature: () => 'XSHA512' },
}
