import { hasher } from '../../hash.js'
import { name as nameOf } from '../../path.js'
import { type Entry, type HashName, isReceipt, type Store } from '../../store.js'
import { HASH_NAMES } from './access.js'
import { FACTS, factLine, readTimeValue, timeValue } from './listing.js'
import { type Command, pathOf, quoted, type SessionState, singleLine, storePathOf } from './session-state.js'

const NOT_FOUND = '550 No such file or directory.'

/** Resolves with true for a directory, also behind a link. */
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

async function cwd(session: SessionState, argument: string): Promise<string> {
  if (!(await isDirectory(session.settings.store, storePathOf(session, argument)))) return '550 No such directory.'
  session.cwd = pathOf(session, argument)
  return `250 Directory changed to ${quoted(session.cwd)}.`
}

async function mkd(session: SessionState, argument: string): Promise<string> {
  await session.settings.store.makeDir(storePathOf(session, argument))
  return `257 ${quoted(pathOf(session, argument))} created.`
}

async function rmd(session: SessionState, argument: string): Promise<string> {
  await session.settings.store.removeDir(storePathOf(session, argument))
  return '250 Directory removed.'
}

async function dele(session: SessionState, argument: string): Promise<string> {
  await session.settings.store.remove(storePathOf(session, argument))
  return '250 File removed.'
}

async function rnfr(session: SessionState, argument: string): Promise<string> {
  const path = storePathOf(session, argument)
  if (!(await session.settings.store.stat(path))) return NOT_FOUND
  session.renameFrom = path
  return '350 Ready for RNTO.'
}

async function rnto(session: SessionState, argument: string): Promise<string> {
  const from = session.renameFrom
  if (from === undefined) return '503 RNFR first.'
  session.renameFrom = undefined
  await session.settings.store.rename(from, storePathOf(session, argument))
  return '250 Renamed.'
}

async function size(session: SessionState, argument: string): Promise<string> {
  if (session.type === 'A') return '550 SIZE not allowed in ASCII mode.'
  const entry = await session.settings.store.stat(storePathOf(session, argument))
  if (!entry) return NOT_FOUND
  return entry.type === 'file' ? `213 ${entry.size ?? 0}` : '550 Not a plain file.'
}

async function mdtm(session: SessionState, argument: string): Promise<string> {
  const entry = await session.settings.store.stat(storePathOf(session, argument))
  if (!entry) return NOT_FOUND
  return entry.modified ? `213 ${timeValue(entry.modified)}` : '550 The time is not known.'
}

async function mfmt(session: SessionState, argument: string): Promise<string> {
  const [, value = '', path = ''] = /^(\S+) (.+)$/s.exec(argument) ?? []
  const time = readTimeValue(value)
  if (!time) return '501 MFMT needs YYYYMMDDHHMMSS and a path.'
  const { store } = session.settings
  if (!store.setTimes) return '504 The store cannot set times.'
  if (!(await store.stat(storePathOf(session, path)))) return NOT_FOUND
  await store.setTimes(storePathOf(session, path), time)
  return `213 Modify=${value}; ${path}`
}

async function mlst(session: SessionState, argument: string): Promise<string | string[]> {
  const entry = await statOf(session, argument)
  if (!entry) return NOT_FOUND
  const path = pathOf(session, argument)
  return [`250-Listing ${singleLine(path)}`, ` ${factLine({ ...entry, name: path }, session.facts)}`, '250 End']
}

/** Resolves with the entry at a path; the root, which some stores do not report, is a directory. */
export async function statOf(session: SessionState, argument: string): Promise<Entry | undefined> {
  const entry = await session.settings.store.stat(storePathOf(session, argument))
  return entry ?? (pathOf(session, argument) === '/' ? { name: '/', type: 'directory' } : undefined)
}

async function site(session: SessionState, argument: string): Promise<string | string[]> {
  const [, what = '', rest = ''] = /^(\S*) ?(.*)$/s.exec(argument) ?? []
  if (what.toUpperCase() === 'HELP') return ['214-SITE commands:', ' CHMOD HELP', '214 End']
  if (what.toUpperCase() !== 'CHMOD' || session.settings.without.has('SITE CHMOD')) return '500 SITE command unknown.'
  if (session.settings.readOnly) return READ_ONLY
  return chmod(session, rest)
}

async function chmod(session: SessionState, argument: string): Promise<string> {
  const [, mode, path = ''] = /^([0-7]{3,4}) (.+)$/s.exec(argument) ?? []
  if (!mode) return '501 SITE CHMOD needs an octal mode and a path.'
  const { store } = session.settings
  if (!store.setMode) return '504 The store keeps no modes.'
  if (!(await store.stat(storePathOf(session, path)))) return NOT_FOUND
  await store.setMode(storePathOf(session, path), Number.parseInt(mode, 8))
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
  return async (session, argument) => {
    const path = await hashedPath(session, argument)
    return `250 ${(await digest(session.settings.store, path, algorithm)).toUpperCase()}`
  }
}

/** Returns the path to hash: some clients quote the name; a file whose name contains the quotes comes first. */
async function hashedPath(session: SessionState, argument: string): Promise<string> {
  const bare = /^"(.+)"$/s.exec(argument)?.[1]
  if (bare === undefined || (await session.settings.store.stat(storePathOf(session, argument))))
    return storePathOf(session, argument)
  return storePathOf(session, bare)
}

async function hash(session: SessionState, argument: string): Promise<string> {
  const { store } = session.settings
  const path = storePathOf(session, argument)
  const length = (await store.stat(path))?.size ?? 0
  const hex = await digest(store, path, session.hash)
  return `213 ${hashName(session)} 0-${length} ${hex} ${singleLine(nameOf(argument))}`
}

function hashName(session: SessionState): string {
  return HASH_NAMES.find(([, algorithm]) => algorithm === session.hash)?.[0] ?? ''
}

function hashFeature(session: SessionState): string {
  return `HASH ${HASH_NAMES.map(([name, algorithm]) => `${name}${algorithm === session.hash ? '*' : ''}`).join(';')}`
}

function mlstFeature({ facts }: SessionState): string {
  return `MLST ${FACTS.map((fact) => `${fact}${facts.includes(fact) ? '*' : ''};`).join('')}`
}

/** The commands on files and directories that need no data connection. */
export const FILES: Readonly<Record<string, Command>> = {
  CWD: { run: cwd },
  CDUP: { run: (session) => cwd(session, '..') },
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
