import { parent, resolve } from '../../path.js'
import type { Entry, Store } from '../../store.js'
import type { SftpFaultAction } from './fault.js'
import type { Handles, OpenedDirectory } from './handles.js'
import { OpenedFile } from './opened.js'
import {
  ANSWERS,
  attributes,
  long,
  named,
  names,
  number,
  packet,
  type Reader,
  type RequestName,
  text,
  type Wishes,
} from './packet.js'
import { Refusal, STATUS } from './refusal.js'

/** What the sessions of a server share. */
export interface Shop {
  readonly store: Store
  readonly home: string
  readonly readOnly: boolean
  /** Bytes of a READ and of a WRITE, as limits@openssh.com tells them. */
  readonly longest: number
  /** Extensions that VERSION names. */
  readonly announced: readonly Extension[]
}

/** An extension of OpenSSH's that this server knows. */
export type Extension = (typeof EXTENSIONS)[number]

/** One request as its handler sees it. */
export interface Asked {
  readonly id: number
  readonly reader: Reader
  readonly shop: Shop
  readonly handles: Handles
  /** Tells the conversation what it is about. */
  readonly about: (words: string) => void
  /** What goes wrong with this request: `short`, and what is told of files. */
  readonly fault: SftpFaultAction
}

type Handler = (asked: Asked) => Promise<Buffer | undefined>

/** Names in one answer to READDIR, as OpenSSH sends them. */
const NAMES_AT_ONCE = 100
/** As many links as Linux follows before it says ELOOP. */
const MOST_LINKS = 40

/** Carries one request out; a Buffer is the answer, undefined means OK. Throws a Refusal, or what the store throws. */
export const HANDLERS: Readonly<Record<Exclude<RequestName, 'INIT'>, Handler>> = {
  OPEN: open,
  async CLOSE({ reader, handles, about }) {
    const handle = reader.bytes()
    about(handles.pathOf(handle))
    await handles.close(handle)
    return undefined
  },
  READ: read,
  async WRITE({ reader, shop, handles, about }) {
    const handle = reader.bytes()
    const offset = reader.offset()
    const bytes = reader.bytes()
    about(`${handles.pathOf(handle)} ${offset} ${bytes.length}`)
    if (bytes.length > shop.longest) throw new Refusal(STATUS.FAILURE, 'The write is too long')
    await handles.file(handle).write(offset, bytes)
    return undefined
  },
  async LSTAT(asked) {
    return found(asked, await asked.shop.store.stat(pathOf(asked)))
  },
  async STAT(asked) {
    return found(asked, await followed(asked.shop.store, pathOf(asked)))
  },
  async FSTAT({ id, reader, handles, about, fault }) {
    const handle = reader.bytes()
    about(handles.pathOf(handle))
    return packet(ANSWERS.ATTRS, number(id), attributes(await handles.file(handle).look(), fault))
  },
  async SETSTAT(asked) {
    const path = pathOf(asked)
    return await change(asked, path, asked.reader.wishes())
  },
  async FSETSTAT(asked) {
    const handle = asked.reader.bytes()
    asked.about(asked.handles.pathOf(handle))
    return await change(asked, asked.handles.file(handle).path, asked.reader.wishes())
  },
  OPENDIR: openDirectory,
  READDIR: readDirectory,
  REMOVE: (asked) => done(asked.shop.store.remove(pathOf(asked))),
  MKDIR: (asked) => done(asked.shop.store.makeDir(pathOf(asked))),
  RMDIR: (asked) => done(asked.shop.store.removeDir(pathOf(asked))),
  async REALPATH(asked) {
    return names(asked.id, [onlyName(pathOf(asked))])
  },
  async RENAME(asked) {
    const [from, to] = [pathOf(asked), pathOf(asked)]
    if (await asked.shop.store.stat(to)) throw new Refusal(STATUS.FAILURE, 'There is something under the new name')
    return await done(asked.shop.store.rename(from, to))
  },
  async READLINK(asked) {
    const entry = await asked.shop.store.stat(pathOf(asked))
    if (!entry) throw new Refusal(STATUS.MISSING, 'No such file')
    if (entry.target === undefined) throw new Refusal(STATUS.FAILURE, 'Not a link')
    return names(asked.id, [onlyName(entry.target)])
  },
  /** In OpenSSH's order: first where it points to. */
  async SYMLINK(asked) {
    const target = asked.reader.text()
    const path = pathOf(asked)
    const { store } = asked.shop
    if (!store.link) throw new Refusal(STATUS.UNSUPPORTED, 'There are no links here')
    return await done(store.link(path, target))
  },
  EXTENDED: extended,
}

/** What a client may do on a server that is read-only. */
export const HARMLESS: ReadonlySet<RequestName> = new Set([
  'INIT',
  'OPEN',
  'CLOSE',
  'READ',
  'LSTAT',
  'STAT',
  'FSTAT',
  'OPENDIR',
  'READDIR',
  'REALPATH',
  'READLINK',
  'EXTENDED',
])

/** The extensions of OpenSSH (its PROTOCOL, section 4) as VERSION names them. */
export function extensions({ announced }: Shop): Uint8Array[] {
  return announced.flatMap((extension) => [text(extension), text('1')])
}

/** All that are known here. */
export const EXTENSIONS = ['posix-rename@openssh.com', 'fsync@openssh.com', 'limits@openssh.com'] as const

async function extended(asked: Asked): Promise<Buffer | undefined> {
  const { id, reader, shop, handles, about } = asked
  const extension = reader.text()
  about(extension)
  if (!shop.announced.some((one) => one === extension)) throw new Refusal(STATUS.UNSUPPORTED, 'Unknown extension')
  if (extension === 'limits@openssh.com') {
    const { longest } = shop
    return packet(ANSWERS.REPLY, number(id), long(longest + 1024), long(longest), long(longest), long(0))
  }
  if (extension === 'fsync@openssh.com') return await done(handles.file(reader.bytes()).sync())
  if (extension !== 'posix-rename@openssh.com') throw new Refusal(STATUS.UNSUPPORTED, 'Unknown extension')
  if (shop.readOnly) throw readOnly()
  const [from, to] = [pathOf(asked), pathOf(asked)]
  return await done(shop.store.rename(from, to))
}

export function readOnly(): Refusal {
  return new Refusal(STATUS.DENIED, 'This server is read-only')
}

async function done(work: Promise<void>): Promise<undefined> {
  await work
  return undefined
}

/** The next text of a request as an absolute path; nothing leads above '/'. */
function pathOf({ reader, shop, about }: Asked): string {
  const path = resolve(shop.home, reader.text())
  about(path)
  return path
}

async function open(asked: Asked): Promise<Buffer> {
  const { id, reader, shop, handles } = asked
  const path = pathOf(asked)
  const bits = reader.number()
  const flags = {
    read: (bits & 0x01) !== 0,
    write: (bits & 0x02) !== 0,
    append: (bits & 0x04) !== 0,
    create: (bits & 0x08) !== 0,
    truncate: (bits & 0x10) !== 0,
    exclusive: (bits & 0x20) !== 0,
  }
  if (shop.readOnly && flags.write) throw readOnly()
  if (handles.full) throw new Refusal(STATUS.FAILURE, 'Too many files are open')
  const file = await OpenedFile.open(shop.store, path, flags)
  return packet(ANSWERS.HANDLE, number(id), text(handles.add(file)))
}

async function read({ id, reader, shop, handles, about, fault: { short } }: Asked): Promise<Buffer> {
  const handle = reader.bytes()
  const offset = reader.offset()
  const length = reader.number()
  about(`${handles.pathOf(handle)} ${offset} ${length}`)
  const bytes = await handles.file(handle).read(offset, Math.min(length, shop.longest, short ?? length))
  if (!bytes) throw new Refusal(STATUS.EOF, 'End of file')
  return packet(ANSWERS.DATA, number(id), number(bytes.length), bytes)
}

async function openDirectory(asked: Asked): Promise<Buffer> {
  const { id, shop, handles } = asked
  const path = pathOf(asked)
  if (handles.full) throw new Refusal(STATUS.FAILURE, 'Too many files are open')
  const entries = shop.store.list(path)[Symbol.asyncIterator]()
  const first = await entries.next() // tells whether there is such a directory
  return packet(ANSWERS.HANDLE, number(id), text(handles.add({ path, entries, first })))
}

async function readDirectory({ id, reader, handles, about, fault }: Asked): Promise<Buffer> {
  const handle = reader.bytes()
  about(handles.pathOf(handle))
  const directory = handles.directory(handle)
  if (fault.endless === 'invent') return names(id, invented(directory, fault))
  if (fault.endless === 'repeat' && directory.answered) return names(id, directory.answered)
  const { short = NAMES_AT_ONCE } = fault
  const found: Buffer[] = []
  while (found.length < short) {
    const next = directory.first ?? (await directory.entries.next())
    directory.first = undefined
    if (next.done) break
    if (next.value.type !== 'unreadable') found.push(named(next.value, fault))
  }
  if (found.length === 0) throw new Refusal(STATUS.EOF, 'No more names')
  directory.answered ??= found
  return names(id, found)
}

function invented(directory: OpenedDirectory, { short = NAMES_AT_ONCE, ...fault }: SftpFaultAction): Buffer[] {
  return Array.from({ length: short }, () => {
    directory.invented = (directory.invented ?? 0) + 1
    return named({ name: `invented-${directory.invented}`, type: 'file', size: 0 }, fault)
  })
}

function found({ id, fault }: Asked, entry: Entry | undefined): Buffer {
  if (!entry) throw new Refusal(STATUS.MISSING, 'No such file')
  return packet(ANSWERS.ATTRS, number(id), attributes(entry, fault))
}

/** What stands under a path when its last part is followed, as far as the store lets it. */
async function followed(store: Store, path: string): Promise<Entry | undefined> {
  let at = path
  for (let links = 0; links < MOST_LINKS; links++) {
    const entry = await store.stat(at)
    if (entry?.type !== 'link' || entry.target === undefined) return entry ?? rootOf(at)
    at = resolve(parent(at), entry.target)
  }
  throw new Refusal(STATUS.FAILURE, 'Too many links')
}

/** The root, which some stores do not tell. */
function rootOf(path: string): Entry | undefined {
  return path === '/' ? { name: '/', type: 'directory' } : undefined
}

async function change({ shop }: Asked, path: string, { size, mode, modified, more }: Wishes): Promise<undefined> {
  const { store, readOnly: refused } = shop
  if (refused) throw readOnly()
  const entry = await followed(store, path)
  if (!entry) throw new Refusal(STATUS.MISSING, 'No such file')
  if (size === 0 && entry.size !== 0) await (await store.write(path)).finish()
  else if (size !== undefined && size !== entry.size) throw new Refusal(STATUS.UNSUPPORTED, 'Sizes cannot be set here')
  if (mode !== undefined) await (store.setMode?.(path, mode) ?? unsupported('modes'))
  if (modified !== undefined) await (store.setTimes?.(path, modified) ?? unsupported('times'))
  if (more && mode === undefined && modified === undefined && size === undefined) unsupported('owners')
  return undefined
}

function unsupported(what: string): never {
  throw new Refusal(STATUS.UNSUPPORTED, `There are no ${what} here`)
}

function onlyName(path: string): Buffer {
  return Buffer.concat([text(path), text(path), number(0)])
}
