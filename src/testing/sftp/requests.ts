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
  type RequestedAttributes,
  type RequestName,
  text,
} from './packet.js'
import { Refusal, STATUS } from './refusal.js'

/** Settings that the sessions of a server share. */
export interface SharedSettings {
  readonly store: Store
  readonly home: string
  readonly readOnly: boolean
  /** Longest READ and WRITE in bytes, as sent in limits@openssh.com. */
  readonly longest: number
  /** Longest WRITE that is accepted. */
  readonly longestWrite: number
  /** Extensions that VERSION names. */
  readonly announced: readonly Extension[]
}

/** An extension of OpenSSH's that this server knows. */
export type Extension = (typeof EXTENSIONS)[number]

/** One request as its handler sees it. */
export interface RequestContext {
  readonly id: number
  readonly reader: Reader
  readonly shared: SharedSettings
  readonly handles: Handles
  /** Records in the conversation what the request is about. */
  readonly about: (words: string) => void
  /** What goes wrong with this request: `short`, and the reported attributes. */
  readonly fault: SftpFaultAction
}

type Handler = (request: RequestContext) => Promise<Buffer | undefined>

/** Names in one reply to READDIR, as OpenSSH sends them. */
const NAMES_AT_ONCE = 100
/** As many links as Linux follows before ELOOP. */
const MAX_LINKS = 40

/** Executes one request and resolves with the reply; undefined means OK. Rejects with a Refusal, or with the store's error. */
export const HANDLERS: Readonly<Record<Exclude<RequestName, 'INIT'>, Handler>> = {
  OPEN: open,
  async CLOSE({ reader, handles, about }) {
    const handle = reader.bytes()
    about(handles.pathOf(handle))
    await handles.close(handle)
    return undefined
  },
  READ: read,
  async WRITE({ reader, shared, handles, about }) {
    const handle = reader.bytes()
    const offset = reader.offset()
    const bytes = reader.bytes()
    about(`${handles.pathOf(handle)} ${offset} ${bytes.length}`)
    if (bytes.length > shared.longestWrite) throw new Refusal(STATUS.FAILURE, 'The write is too long')
    await handles.file(handle).write(offset, bytes)
    return undefined
  },
  async LSTAT(request) {
    return found(request, await request.shared.store.stat(pathOf(request)))
  },
  async STAT(request) {
    return found(request, await followed(request.shared.store, pathOf(request)))
  },
  async FSTAT({ id, reader, handles, about, fault }) {
    const handle = reader.bytes()
    about(handles.pathOf(handle))
    return packet(ANSWERS.ATTRS, number(id), attributes(await handles.file(handle).look(), fault))
  },
  async SETSTAT(request) {
    const path = pathOf(request)
    return await change(request, path, request.reader.requestedAttributes())
  },
  async FSETSTAT(request) {
    const handle = request.reader.bytes()
    request.about(request.handles.pathOf(handle))
    return await change(request, request.handles.file(handle).path, request.reader.requestedAttributes())
  },
  OPENDIR: openDirectory,
  READDIR: readDirectory,
  REMOVE: (request) => done(request.shared.store.remove(pathOf(request))),
  MKDIR: (request) => done(request.shared.store.makeDir(pathOf(request))),
  RMDIR: (request) => done(request.shared.store.removeDir(pathOf(request))),
  async REALPATH(request) {
    return names(request.id, [onlyName(pathOf(request))])
  },
  async RENAME(request) {
    const [from, to] = [pathOf(request), pathOf(request)]
    if (await request.shared.store.stat(to)) throw new Refusal(STATUS.FAILURE, 'The new name exists already')
    return await done(request.shared.store.rename(from, to))
  },
  async READLINK(request) {
    const entry = await request.shared.store.stat(pathOf(request))
    if (!entry) throw new Refusal(STATUS.MISSING, 'No such file')
    if (entry.target === undefined) throw new Refusal(STATUS.FAILURE, 'Not a link')
    return names(request.id, [onlyName(entry.target)])
  },
  /** Handles SYMLINK in OpenSSH's order: the target first. */
  async SYMLINK(request) {
    const target = request.reader.text()
    const path = pathOf(request)
    const { store } = request.shared
    if (!store.link) throw new Refusal(STATUS.UNSUPPORTED, 'Links are not supported')
    return await done(store.link(path, target))
  },
  EXTENDED: extended,
}

/** The requests allowed on a read-only server. */
export const READ_ONLY_REQUESTS: ReadonlySet<RequestName> = new Set([
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
export function extensions({ announced }: SharedSettings): Uint8Array[] {
  return announced.flatMap((extension) => [text(extension), text('1')])
}

/** All that are known here. */
export const EXTENSIONS = ['posix-rename@openssh.com', 'fsync@openssh.com', 'limits@openssh.com'] as const

async function extended(request: RequestContext): Promise<Buffer | undefined> {
  const { id, reader, shared, handles, about } = request
  const extension = reader.text()
  about(extension)
  if (!shared.announced.some((one) => one === extension)) throw new Refusal(STATUS.UNSUPPORTED, 'Unknown extension')
  if (extension === 'limits@openssh.com') {
    const { longest } = shared
    return packet(ANSWERS.REPLY, number(id), long(longest + 1024), long(longest), long(longest), long(0))
  }
  if (extension === 'fsync@openssh.com') return await done(handles.file(reader.bytes()).sync())
  if (extension !== 'posix-rename@openssh.com') throw new Refusal(STATUS.UNSUPPORTED, 'Unknown extension')
  if (shared.readOnly) throw readOnly()
  const [from, to] = [pathOf(request), pathOf(request)]
  return await done(shared.store.rename(from, to))
}

export function readOnly(): Refusal {
  return new Refusal(STATUS.DENIED, 'This server is read-only')
}

async function done(work: Promise<void>): Promise<undefined> {
  await work
  return undefined
}

/** Reads the next text of a request as an absolute path, which cannot lead above '/'. */
function pathOf({ reader, shared, about }: RequestContext): string {
  const path = resolve(shared.home, reader.text())
  about(path)
  return path
}

async function open(request: RequestContext): Promise<Buffer> {
  const { id, reader, shared, handles } = request
  const path = pathOf(request)
  const bits = reader.number()
  const flags = {
    read: (bits & 0x01) !== 0,
    write: (bits & 0x02) !== 0,
    append: (bits & 0x04) !== 0,
    create: (bits & 0x08) !== 0,
    truncate: (bits & 0x10) !== 0,
    exclusive: (bits & 0x20) !== 0,
  }
  if (shared.readOnly && flags.write) throw readOnly()
  if (handles.full) throw new Refusal(STATUS.FAILURE, 'Too many files are open')
  const file = await OpenedFile.open(shared.store, path, flags)
  return packet(ANSWERS.HANDLE, number(id), text(handles.add(file)))
}

async function read({ id, reader, shared, handles, about, fault: { short } }: RequestContext): Promise<Buffer> {
  const handle = reader.bytes()
  const offset = reader.offset()
  const length = reader.number()
  about(`${handles.pathOf(handle)} ${offset} ${length}`)
  const bytes = await handles.file(handle).read(offset, Math.min(length, shared.longest, short ?? length))
  if (!bytes) throw new Refusal(STATUS.EOF, 'End of file')
  return packet(ANSWERS.DATA, number(id), number(bytes.length), bytes)
}

async function openDirectory(request: RequestContext): Promise<Buffer> {
  const { id, shared, handles } = request
  const path = pathOf(request)
  if (handles.full) throw new Refusal(STATUS.FAILURE, 'Too many files are open')
  const entries = shared.store.list(path)[Symbol.asyncIterator]()
  const first = await entries.next() // rejects when there is no such directory
  return packet(ANSWERS.HANDLE, number(id), text(handles.add({ path, entries, first })))
}

async function readDirectory({ id, reader, handles, about, fault }: RequestContext): Promise<Buffer> {
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

function found({ id, fault }: RequestContext, entry: Entry | undefined): Buffer {
  if (!entry) throw new Refusal(STATUS.MISSING, 'No such file')
  return packet(ANSWERS.ATTRS, number(id), attributes(entry, fault))
}

/** Resolves with the entry at a path, following a link in its last part as far as the store allows. */
async function followed(store: Store, path: string): Promise<Entry | undefined> {
  let at = path
  for (let links = 0; links < MAX_LINKS; links++) {
    const entry = await store.stat(at)
    if (entry?.type !== 'link' || entry.target === undefined) return entry ?? rootOf(at)
    at = resolve(parent(at), entry.target)
  }
  throw new Refusal(STATUS.FAILURE, 'Too many links')
}

/** Returns the entry of the root, which some stores do not report. */
function rootOf(path: string): Entry | undefined {
  return path === '/' ? { name: '/', type: 'directory' } : undefined
}

async function change(
  { shared }: RequestContext,
  path: string,
  { size, mode, modified, more }: RequestedAttributes,
): Promise<undefined> {
  const { store, readOnly: refused } = shared
  if (refused) throw readOnly()
  const entry = await followed(store, path)
  if (!entry) throw new Refusal(STATUS.MISSING, 'No such file')
  if (size === 0 && entry.size !== 0) await (await store.write(path)).finish()
  else if (size !== undefined && size !== entry.size) throw new Refusal(STATUS.UNSUPPORTED, 'Sizes cannot be changed')
  if (mode !== undefined) await (store.setMode?.(path, mode) ?? unsupported('Modes'))
  if (modified !== undefined) await (store.setTimes?.(path, modified) ?? unsupported('Times'))
  if (more && mode === undefined && modified === undefined && size === undefined) unsupported('Owners')
  return undefined
}

function unsupported(what: string): never {
  throw new Refusal(STATUS.UNSUPPORTED, `${what} are not supported`)
}

function onlyName(path: string): Buffer {
  return Buffer.concat([text(path), text(path), number(0)])
}
