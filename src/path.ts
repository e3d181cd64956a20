import { badArgument } from './errors.js'

/** Joins `dir` and `name` with '/'. The name is not checked; see checkName(). */
export function join(dir: string, name: string): string {
  return dir.endsWith('/') ? dir + name : `${dir}/${name}`
}

/** Returns the directory of a path; '/' is its own parent, and the parent of a bare name is ''. */
export function parent(path: string): string {
  const trimmed = trimSlashes(path)
  const at = trimmed.lastIndexOf('/')
  if (at < 0) return ''
  return at === 0 ? '/' : trimmed.slice(0, at)
}

/** Returns the last part of a path; '' for '/'. */
export function name(path: string): string {
  const trimmed = trimSlashes(path)
  return trimmed.slice(trimmed.lastIndexOf('/') + 1)
}

function trimSlashes(path: string): string {
  let end = path.length
  while (end > 1 && path[end - 1] === '/') end--
  return path.slice(0, end)
}

/** A part that resolve() removes. */
const UNRESOLVED = /\/\.{0,2}(?:\/|$)/
/**
 * Returns an absolute path for a caller's: as it is when it begins with '/', else inside `home`. '.', '..' and doubled slashes are
 * resolved here and never sent, so that every session uses the same path whatever its working directory.
 */
export function resolve(home: string, path: string): string {
  if (path.startsWith('/') && !UNRESOLVED.test(path)) return path
  const parts: string[] = []
  for (const part of (path.startsWith('/') ? path : `${home}/${path}`).split('/')) {
    if (part === '' || part === '.') continue
    if (part === '..') parts.pop()
    else parts.push(part)
  }
  return `/${parts.join('/')}`
}

/** Throws `bad-argument` for a caller's string with CR, LF or NUL: it would end the command and begin another (RFC 959 section 5.3). */
export function checkLine(value: string, what: string): void {
  const at = value.search(/[\r\n\0]/)
  if (at < 0) return
  const found = { '\r': 'a carriage return', '\n': 'a line feed', '\0': 'a NUL' }[value[at] as '\r' | '\n' | '\0']
  throw badArgument(
    `The ${what} contains ${found} at position ${at}; FTP commands are single lines.`,
    `Remove it from the ${what}.`,
  )
}

const RESERVED = /^(con|prn|aux|nul|com[1-9]|lpt[1-9])(\.|$)/i

/** Matches every name that cannot be used, outside Windows; a fast test, since listings are long and most names ordinary. */
const SUSPICIOUS = /[/\\\r\n\0]|^\.{0,2}$/

/**
 * Returns why a name sent by a server must not be used as the name of a local file, or undefined when it may. `windows` adds the
 * rules of that system (drive letters, streams, device names, trailing dots). Everything else is allowed: '&', '%2e', ';', emoji.
 */
export function nameProblem(value: string, windows = process.platform === 'win32'): string | undefined {
  if (!windows && !SUSPICIOUS.test(value)) return undefined
  if (value === '') return 'the name is empty'
  if (value === '.' || value === '..') return `the name is '${value}'`
  if (value.includes('/')) return 'the name holds a slash'
  if (/[\r\n\0]/.test(value)) return 'the name holds a line break or a NUL'
  if (value.split('\\').includes('..')) return 'the name holds a backslash path that leads out'
  if (/^[A-Za-z]:[\\/]/.test(value)) return 'the name is an absolute path with a drive letter'
  if (!windows) return undefined
  if (value.includes('\\')) return 'the name holds a backslash'
  if (value.includes(':')) return 'the name holds a colon'
  if (/[<>"|?*\x01-\x1f]/.test(value)) return 'the name holds a character that Windows does not allow'
  if (/[. ]$/.test(value)) return 'the name ends with a dot or a blank'
  if (RESERVED.test(value)) return 'the name is reserved by Windows'
  return undefined
}
