/** One entry of a .netrc. */
export interface NetrcEntry {
  /** undefined: the `default` entry. */
  readonly machine?: string
  readonly login?: string
  readonly password?: string
  readonly account?: string
}

type Member = 'login' | 'password' | 'account'
const MEMBERS: Readonly<Record<string, Member>> = {
  login: 'login',
  user: 'login',
  password: 'password',
  passwd: 'password',
  account: 'account',
}

/**
 * Parses a .netrc: `machine NAME` or `default`, then `login`, `password`, `account` with a value each, which may be in double
 * quotes. Lines that begin with '#' between entries, macros (`macdef` up to an empty line) and unknown words are skipped.
 */
export function parseNetrc(text: string): NetrcEntry[] {
  const entries: { -readonly [K in keyof NetrcEntry]: NetrcEntry[K] }[] = []
  const words = wordsOf(text)
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? ''
    const member = MEMBERS[word]
    const entry = entries.at(-1)
    if (word === 'machine') entries.push({ machine: words[++at] ?? '' })
    else if (word === 'default') entries.push({})
    else if (member && entry) entry[member] = words[++at]
  }
  return entries
}

/** Returns the entry for a host: the first that matches the machine and, if it has a login, the requested user; else the default. */
export function findNetrc(entries: readonly NetrcEntry[], host: string, user?: string): NetrcEntry | undefined {
  const fits = ({ login }: NetrcEntry): boolean => user === undefined || login === undefined || login === user
  const wanted = host.toLowerCase()
  return (
    entries.find((entry) => entry.machine?.toLowerCase() === wanted && fits(entry)) ??
    entries.find((entry) => entry.machine === undefined && fits(entry))
  )
}

const KEYWORDS = new Set(['machine', 'default', 'macdef', ...Object.keys(MEMBERS)])

/** Splits the file into words. A comment is allowed only where a keyword is expected: a password may begin with '#'. */
function wordsOf(text: string): string[] {
  const words: string[] = []
  let inMacro = false
  for (const line of text.split(/\r?\n/)) {
    if (inMacro) inMacro = line.trim() !== ''
    else if (!(line.trimStart().startsWith('#') && !expectsValue(words))) {
      const found = wordsIn(line)
      const macro = found.indexOf('macdef')
      inMacro = macro >= 0
      words.push(...(inMacro ? found.slice(0, macro) : found))
    }
  }
  return words
}

function expectsValue(words: readonly string[]): boolean {
  const last = words.at(-1) ?? ''
  const before = words.at(-2) ?? ''
  return KEYWORDS.has(last) && last !== 'default' && !(KEYWORDS.has(before) && before !== 'default')
}

function wordsIn(line: string): string[] {
  const words: string[] = []
  for (const [, quoted, plain] of line.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)) {
    words.push(quoted === undefined ? (plain ?? '') : quoted.replace(/\\(.)/g, '$1'))
  }
  return words
}
