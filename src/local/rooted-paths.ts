import { existsSync } from 'node:fs'
import { constants, open, readlink, realpath } from 'node:fs/promises'
import { isAbsolute, join, sep } from 'node:path'
import { decodeName, encodeName } from '../names.js'
import { nameProblem, resolve } from '../path.js'
import { localFailure, localFault, translated } from './failure.js'
import { type Entered, EnteredDirectories } from './open-directories.js'

/** A path in the form that node:fs takes: bytes when the text cannot say them. */
export function native(path: string): string | Buffer {
  return path.isWellFormed() ? path : encodeName(path)
}

/** Which part of the disk a store may touch, and how its paths become paths of the disk. */
export interface Ground {
  /** Links are not followed, and only regular files are opened. */
  readonly rooted: boolean
  readonly home: () => string
  /** Flags for every open(): what keeps the last part of a path from leading elsewhere. */
  readonly openFlags: number
  /** Why a name may not be used here. */
  problem(name: string): string | undefined
  /** Where a link may not point to. */
  linkProblem(path: string, target: string): string | undefined
  /** Runs `use` with the path of the disk. The root itself comes as '…/.', which the system lets nobody replace or remove. */
  at<T>(path: string, use: (path: string) => T | Promise<T>): Promise<T>
  /** A directory to look into. */
  enter(dir: string): Promise<Entered>
  /** Something was moved or removed under this path; '/' lets go of everything that is kept open. */
  forget(path: string): Promise<void> | undefined
}

const nothing = async (): Promise<void> => {}
const nobody = (): undefined => undefined

/** The whole disk, under the caller's own paths. */
export const wholeDisk: Ground = {
  rooted: false,
  home: () => process.cwd(),
  openFlags: 0,
  problem: () => undefined,
  linkProblem: () => undefined,
  at: (path, use) => translated(path, () => use(path)),
  enter: async (dir) => ({ path: dir, close: nothing }),
  forget: nobody,
}

/**
 * The part of the disk below one directory, which is '/' here. A directory is entered first and where it really is is looked
 * at then, so that a symbolic link leads out neither when it stood there before nor, on Linux, when it is put there meanwhile.
 * `hold`: directories stay entered until forget('/').
 */
export function below(root: string, hold = false): Ground {
  const real = lazily(async () => decodeName(await realpath(native(root), { encoding: 'buffer' })))
  const open = async (dir: string): Promise<Entered> => {
    const top = await real()
    return await enterBelow(top, join(top, ...partsOf(dir)), dir)
  }
  const kept = hold && byDescriptor ? new EnteredDirectories(open) : undefined
  const enter = (dir: string): Entered | Promise<Entered> => (kept ? kept.enter(dir) : open(dir))
  const placed = placer()
  return {
    rooted: true,
    home: () => '/',
    // Without O_NONBLOCK a named pipe would hold a thread until somebody opens its other end.
    openFlags: (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0),
    problem: nameProblem,
    linkProblem: (path, target) => (leadsOut(path, target) ? 'the link would lead out of the root' : undefined),
    enter: (dir) => translated(dir, async () => await enter(dir)),
    forget: (path) => kept?.forget(resolve('/', path)),
    async at(path, use) {
      let dir: Entered | undefined
      let where = path
      try {
        const { inside, last } = placed(path)
        where = inside
        const entering = enter(inside)
        dir = entering instanceof Promise ? await entering : entering
        where = path
        return await use(`${dir.path}${sep}${last}`)
      } catch (error) {
        // Perhaps it is the directory that is gone.
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
 * Takes paths below the root apart: the directory, and the name in it. The directory before is known again: the files of a tree come
 * directory by directory, and each is asked for several times.
 */
function placer(): (path: string) => { inside: string; last: string } {
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

/** Linux reaches into an open directory by its descriptor: what was checked is then what is used. */
const DESCRIPTORS = '/proc/self/fd'
const byDescriptor = process.platform === 'linux' && existsSync(DESCRIPTORS)

async function enterBelow(top: string, dir: string, asked: string): Promise<Entered> {
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
  if (path !== top && !path.startsWith(prefix)) throw unsafe('A symbolic link leads out of the root', asked)
}

/** The refusal of a path that leads, or could lead, out of the root. */
export function unsafe(sentence: string, path: string): Error {
  const hint = 'Nothing outside the root can be read or written; use a path below it.'
  return localFault({ code: 'unsafe-name', sentence, hint }, path)
}
