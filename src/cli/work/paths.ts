import { basename, join } from 'node:path'
import { parseUrl, type Target } from '../../index.js'
import { usage } from '../options/usage.js'

/** Returns whether a word is a URL, not a local path. */
export function isUrl(word: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(word)
}

/** Returns the path of a URL; the login directory when it has none. */
export function remotePath({ path }: Target): string {
  return path ?? '.'
}

/** Returns the last part of a URL's path; '' when it has none that could be a name. */
export function remoteName({ path = '' }: Target): string {
  const name = path.replace(/\/+$/, '').split('/').at(-1) ?? ''
  return name === '.' || name === '..' ? '' : name
}

/** Splits the words of `get`: URLs, then optionally a local path. */
export function splitGet(words: readonly string[]): { urls: Target[]; local?: string } {
  const last = words.at(-1)
  const local = words.length > 1 && last !== undefined && !isUrl(last) ? last : undefined
  const urls = (local === undefined ? words : words.slice(0, -1)).map((word) => parseUrl(word))
  if (urls.length > 1 && local === '-')
    throw usage('Several files cannot go to the standard output with get.', 'Use cat.')
  return { urls, local }
}

export interface LocalTargetOptions {
  readonly several: boolean
  readonly recursive: boolean
  /** LOCAL is a directory that exists. */
  readonly exists: boolean
}

/** Returns the local path that a download is written to. */
export function localTarget(
  target: Target,
  local: string | undefined,
  { several, recursive, exists }: LocalTargetOptions,
): string {
  const named = local === undefined || several || /[/\\]$/.test(local) || local === '.' || local === '..'
  if (!named && !(exists && !recursive)) return local
  const name = remoteName(target)
  if (!several && name === '' && recursive && local !== undefined) return local
  if (name === '')
    throw usage(
      'The URL does not name a file.',
      recursive ? 'Say where it is to go.' : 'Put the name of a file at its end.',
    )
  // A name from the URL may contain a backslash or a drive letter, which another system takes for a path.
  if (name !== basename(name) || /[\0\r\n]/.test(name))
    throw usage('The name at the end of the URL cannot be a local name.', 'Give the local name too.')
  return local === undefined ? name : join(local, name)
}

/** Splits the words of `put`: local paths, then the URL. */
export function splitPut(words: readonly string[]): { locals: string[]; target: Target } {
  const last = words.at(-1) ?? ''
  const locals = words.slice(0, -1)
  if (locals.some(isUrl))
    throw usage(
      'put takes local files and then one URL.',
      'Use get to download; several URLs cannot be written at once.',
    )
  if (locals.length > 1 && locals.includes('-'))
    throw usage(
      "The standard input '-' cannot be one of several files.",
      "Upload it alone, to a URL with a file's name.",
    )
  return { locals, target: parseUrl(last) }
}

/** Returns the remote path that an upload is written to. */
export function destination(target: Target, local: string, several: boolean): string {
  const path = target.path ?? ''
  const isDirectory = several || path === '' || path.endsWith('/')
  if (!isDirectory) return path
  const name = local === '-' ? '' : basename(local)
  if (name === '' || name === '.' || name === '..')
    throw usage(
      local === '-' ? 'The standard input has no name.' : 'The local directory has no name of its own.',
      'Put the name at the end of the URL.',
    )
  if (path === '') return name
  return `${path.replace(/\/+$/, '')}/${name}`
}

/** Returns the new path of `mv`: NEWPATH, with the old name when it ends in '/'. */
export function newPath(target: Target, path: string): string {
  if (isUrl(path)) throw usage('mv stays on one server.', 'Give the new path alone, such as archive/report.csv.')
  return path.endsWith('/') ? `${path}${remoteName(target)}` : path
}
