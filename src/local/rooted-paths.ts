import { existsSync } from 'node:fs'
import { constants, open, readlink, realpath } from 'node:fs/promises'
import { isAbsolute, join, sep } from 'node:path'
import { decodeName, encodeName } from '../names.js'
import { nameProblem, resolve } from '../path.js'
import { localFailure, localFault, translated } from './failure.js'
import { OpenDirectories, type OpenDirectory } from './open-directories.js'

/** Converts a path to the form that node:fs takes: a Buffer when a string cannot represent it. */
export function native(path: string): string | Buffer {
  return path.isWellFormed() ? path : encodeName(path)
}

/** The part of the disk that a store may access, and how its paths become paths of the disk. */
export interface PathResolver {
  /** Links are not followed, and only regular files are opened. */
  readonly rooted: boolean
  readonly home: () => string
  /** Flags for every open(): they keep the last part of a path from being followed as a link. */
  readonly openFlags: number
  /** Returns why a name may not be used. */
  problem(name: string): string | undefined
  /** Returns why a link may not point to a target. */
  linkProblem(path: string, target: string): string | undefined
  /** Calls `use` with the path of the disk. The root itself is passed as '…/.', which the system refuses to replace or remove. */
  at<T>(path: string, use: (path: string) => T | Promise<T>): Promise<T>
  /** Opens a directory for listing. */
  enter(dir: string): Promise<OpenDirectory>
  /** Drops open directories after a path was moved or removed; '/' drops all. */
  forget(path: string): Promise<void> | undefined
}

const nothing = async (): Promise<void> => {}
const noop = (): undefined => undefined

/** The whole disk, under the caller's own paths. */
export const unrootedPaths: PathResolver = {
  rooted: false,
  home: () => process.cwd(),
  openFlags: 0,
  problem: () => undefined,
  linkProblem: () => undefined,
  at: (path, use) => translated(path, () => use(path)),
  enter: async (dir) => ({ path: dir, close: nothing }),
  forget: noop,
}

/**
 * Returns the part of the disk below one directory, which is '/' here. Each directory is opened first and its real path is checked
 * afterwards, so that a symbolic link cannot lead outside, neither one that existed before nor, on Linux, one that is created
 * meanwhile. `hold`: directories stay open until forget('/').
 */
export function rootedPaths(root: string, hold = false): PathResolver {
  const real = lazily(async () => decodeName(await realpath(native(root), { encoding: 'buffer' })))
  const open = async (dir: string): Promise<OpenDirectory> => {
    const top = await real()
    return await enterBelow(top, join(top, ...partsOf(dir)), dir)
  }
  const kept = hold && byDescriptor ? new OpenDirectories(open) : undefined
  const enter = (dir: string): OpenDirectory | Promise<OpenDirectory> => (kept ? kept.enter(dir) : open(dir))
  const placed = pathSplitter()
  return {
    rooted: true,
    home: () => '/',
    // Without O_NONBLOCK a named pipe would block a thread until its other end is opened.
    openFlags: (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0),
    problem: nameProblem,
    linkProblem: (path, target) => (leadsOut(path, target) ? 'the link would lead outside the root' : undefined),
    enter: (dir) => translated(dir, async () => await enter(dir)),
    forget: (path) => kept?.forget(resolve('/', path)),
    async at(path, use) {
      let dir: OpenDirectory | undefined
      let where = path
      try {
        const { inside, last } = placed(path)
        where = inside
        const entering = enter(inside)
        dir = entering instanceof Promise ? await entering : entering
        where = path
        return await use(`${dir.path}${sep}${last}`)
      } catch (error) {
        // The directory itself may be gone.
        if (dir && isMissing(error)) await kept?.forget(placed(path).inside)
        throw localFailure(error, where)
      } finally {
        const closing = dir?.close()
        if (closing) await closing
      }
    },
  }
}

/**
 * Splits paths below the root into directory and name. Remembers the last directory: the files of a tree are accessed directory by
 * directory, and each several times.
 */
function pathSplitter(): (path: string) => { inside: string; last: string } {
  let known: string | undefined
  return (path) => {
    const at = path.lastIndexOf('/')
    const dir = path.slice(0, Math.max(0, at))
    const name = path.slice(at + 1)
    if (dir === known && nameProblem(name) === undefined) return { inside: dir, last: name }
    const parts = partsOf(path)
    const last = parts.pop() ?? '.'
    const inside = `/${parts.join('/')}`
    if (inside === dir) known = dir
    return { inside, last }
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}

function lazily<T>(make: () => Promise<T>): () => Promise<T> {
  let made: T | undefined
  return async () => {
    made ??= await make()
    return made
  }
}

function partsOf(path: string): string[] {
  const parts = resolve('/', path).split('/').filter(Boolean)
  for (const part of parts) {
    const problem = nameProblem(part)
    if (problem) throw unsafe(`The path cannot be used, ${problem}`, path)
  }
  return parts
}

/** Linux accesses an open directory by its descriptor, so the directory that was checked is the one that is used. */
const DESCRIPTORS = '/proc/self/fd'
const byDescriptor = process.platform === 'linux' && existsSync(DESCRIPTORS)

async function enterBelow(top: string, dir: string, asked: string): Promise<OpenDirectory> {
  if (!byDescriptor) {
    const path = decodeName(await realpath(native(dir), { encoding: 'buffer' }))
    checkBelow(top, path, asked)
    return { path, close: nothing }
  }
  const handle = await open(native(dir), constants.O_RDONLY | constants.O_DIRECTORY)
  try {
    const path = `${DESCRIPTORS}/${handle.fd}`
    checkBelow(top, decodeName(await readlink(path, { encoding: 'buffer' })), asked)
    return { path, close: () => handle.close() }
  } catch (error) {
    await handle.close()
    throw error
  }
}

function leadsOut(path: string, target: string): boolean {
  if (isAbsolute(target)) return true
  let depth = partsOf(path).length - 1
  for (const part of target.split(/[\\/]/)) {
    if (part === '..') depth--
    else if (part !== '' && part !== '.') depth++
    if (depth < 0) return true
  }
  return false
}

function checkBelow(top: string, path: string, asked: string): void {
  const prefix = top.endsWith(sep) ? top : top + sep
  if (path !== top && !path.startsWith(prefix)) throw unsafe('A symbolic link leads outside the root', asked)
}

/** Returns the error for a path that leads, or could lead, outside the root. */
export function unsafe(sentence: string, path: string): Error {
  const hint = 'Nothing outside the root can be read or written; use a path below it.'
  return localFault({ code: 'unsafe-name', sentence, hint }, path)
}
