import type { Entry } from '../../store.js'
import { encode } from '../network/command-lines.js'
import { bytesOf, type Lines, type Raw } from '../network/control-link.js'
import { status } from './access.js'
import { isDirectory, statOf } from './files.js'
import { dosLine, factLine, unixLine } from './listing.js'
import { type Command, type SessionState, singleLine, storePathOf } from './session-state.js'

type Style = 'LIST' | 'NLST' | 'MLSD'

/** The directory or file that a listing command names. */
export interface Target {
  readonly style: Style
  /** As the client wrote it, without options; '' for the current directory. */
  readonly path: string
  readonly file?: Entry
}

/** Looks up what a listing command names. Resolves with the reply when there is nothing to list. */
export async function target(session: SessionState, argument: string, style: Style): Promise<Target | string> {
  const path = style === 'MLSD' ? argument : await withoutOptions(session, argument)
  const entry = await statOf(session, path)
  if (!entry) return '550 No such file or directory.'
  if (await isDirectory(session.settings.store, storePathOf(session, path))) return { style, path }
  return style === 'MLSD' ? '501 Not a directory.' : { style, path, file: entry }
}

/** Removes options (`LIST -la dir`), unless a directory of that very name exists. */
async function withoutOptions(session: SessionState, argument: string): Promise<string> {
  const found = /^(?:-[A-Za-z1]+(?: |$))+/.exec(argument)
  if (!found || (await session.settings.store.stat(storePathOf(session, argument)))) return argument
  return argument.slice(found[0].length)
}

const BATCH = 32 * 1024

/** Yields the listing for the data connection, in pieces of about 32 KiB, or `instead`, the lines of a fault. */
export async function* dataLines(session: SessionState, found: Target, instead?: Lines): AsyncGenerator<Uint8Array> {
  if (instead !== undefined) return yield* bytesOf(instead)
  let batch = ''
  for await (const line of lines(session, found)) {
    batch += `${line}\r\n`
    if (batch.length < BATCH) continue
    yield encode(batch)
    batch = ''
  }
  if (batch !== '') yield encode(batch)
}

async function* lines(session: SessionState, { style, path, file }: Target): AsyncGenerator<string> {
  const now = new Date()
  if (file) return yield style === 'NLST' ? singleLine(path) : lineOf(session, file, now)
  if (style === 'MLSD') yield* selfAndParent(session)
  const prefix = path === '' || path.endsWith('/') ? path : `${path}/`
  for await (const entry of session.settings.store.list(storePathOf(session, path))) {
    if (style === 'LIST') yield lineOf(session, entry, now)
    else yield style === 'NLST' ? singleLine(prefix + entry.name) : factLine(entry, session.facts)
  }
}

function* selfAndParent({ facts }: SessionState): Generator<string> {
  yield factLine({ name: '.', type: 'directory' }, facts, 'cdir')
  yield factLine({ name: '..', type: 'directory' }, facts, 'pdir')
}

function lineOf({ settings }: SessionState, entry: Entry, now: Date): string {
  return settings.listStyle === 'dos' ? dosLine(entry) : unixLine(entry, now)
}

async function stat(session: SessionState, argument: string): Promise<Lines> {
  if (argument === '') return status(session)
  const found = await target(session, argument, 'LIST')
  return typeof found === 'string' ? found : statLines(session, found)
}

async function* statLines(session: SessionState, found: Target): AsyncGenerator<Raw> {
  yield `213-Status of ${singleLine(found.path)}:`
  for await (const line of lines(session, found)) yield ` ${line}`
  yield '213 End of status'
}

export const STATUS: Readonly<Record<string, Command>> = { STAT: { run: stat } }
