import type { Entry } from '../../store.js'
import { encode } from '../network/command-lines.js'
import { bytesOf, type Lines, type Raw } from '../network/control-link.js'
import { status } from './access.js'
import { isDirectory, statOf } from './files.js'
import { dosLine, factLine, unixLine } from './listing.js'
import { type Command, placeOf, sayable, type Visit } from './session-state.js'

type Style = 'LIST' | 'NLST' | 'MLSD'

/** What a listing command is about: a directory, or one file. */
export interface Target {
  readonly style: Style
  /** As the client wrote it, options taken off; '' for the current directory. */
  readonly path: string
  readonly file?: Entry
}

/** Finds what a listing command names. Answers the reply when there is nothing to list. */
export async function target(visit: Visit, argument: string, style: Style): Promise<Target | string> {
  const path = style === 'MLSD' ? argument : await withoutOptions(visit, argument)
  const entry = await statOf(visit, path)
  if (!entry) return '550 No such file or directory.'
  if (await isDirectory(visit.settings.store, placeOf(visit, path))) return { style, path }
  return style === 'MLSD' ? '501 Not a directory.' : { style, path, file: entry }
}

/** `LIST -la dir` is common; a directory that is really called so comes first. */
async function withoutOptions(visit: Visit, argument: string): Promise<string> {
  const found = /^(?:-[A-Za-z1]+(?: |$))+/.exec(argument)
  if (!found || (await visit.settings.store.stat(placeOf(visit, argument)))) return argument
  return argument.slice(found[0].length)
}

const BATCH = 32 * 1024

/** The listing as it goes over the data connection, in pieces of about 32 KiB; `instead` when a fault puts other lines there. */
export async function* dataLines(visit: Visit, found: Target, instead?: Lines): AsyncGenerator<Uint8Array> {
  if (instead !== undefined) return yield* bytesOf(instead)
  let batch = ''
  for await (const line of lines(visit, found)) {
    batch += `${line}\r\n`
    if (batch.length < BATCH) continue
    yield encode(batch)
    batch = ''
  }
  if (batch !== '') yield encode(batch)
}

async function* lines(visit: Visit, { style, path, file }: Target): AsyncGenerator<string> {
  const now = new Date()
  if (file) return yield style === 'NLST' ? sayable(path) : lineOf(visit, file, now)
  if (style === 'MLSD') yield* selfAndParent(visit)
  const prefix = path === '' || path.endsWith('/') ? path : `${path}/`
  for await (const entry of visit.settings.store.list(placeOf(visit, path))) {
    if (style === 'LIST') yield lineOf(visit, entry, now)
    else yield style === 'NLST' ? sayable(prefix + entry.name) : factLine(entry, visit.facts)
  }
}

function* selfAndParent({ facts }: Visit): Generator<string> {
  yield factLine({ name: '.', type: 'directory' }, facts, 'cdir')
  yield factLine({ name: '..', type: 'directory' }, facts, 'pdir')
}

function lineOf({ settings }: Visit, entry: Entry, now: Date): string {
  return settings.listStyle === 'dos' ? dosLine(entry) : unixLine(entry, now)
}

async function stat(visit: Visit, argument: string): Promise<Lines> {
  if (argument === '') return status(visit)
  const found = await target(visit, argument, 'LIST')
  return typeof found === 'string' ? found : statLines(visit, found)
}

async function* statLines(visit: Visit, found: Target): AsyncGenerator<Raw> {
  yield `213-Status of ${sayable(found.path)}:`
  for await (const line of lines(visit, found)) yield ` ${line}`
  yield '213 End of status'
}

export const STATUS: Readonly<Record<string, Command>> = { STAT: { run: stat } }
