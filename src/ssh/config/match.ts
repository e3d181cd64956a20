import { printable } from '../../printable.js'
import { glob } from '../keys/known-hosts.js'

/** A line of a configuration, as far as its conditions go. */
interface Conditional {
  readonly under: readonly { readonly keyword: string; readonly words: readonly string[] }[]
}

/** What Host and Match lines are compared with. */
export interface Subject {
  /** The host as the caller wrote it. */
  readonly asked: string
  /** The host as HostName says, so far. */
  readonly host: string
  /** The user who logs in. Undefined while no line and no caller has named one. */
  readonly user: string | undefined
  readonly localUser: string | undefined
}

/** Returns whether every Host and Match above a line matches this host. */
export function applies(line: Conditional, subject: Subject): boolean {
  return line.under.every((condition) =>
    condition.keyword === 'host' ? isOneOf(condition.words, subject.asked) : isMatch(condition.words, subject),
  )
}

/** Some pattern fits, and none that begins with '!' does. */
function isOneOf(patterns: readonly string[], text: string): boolean {
  const value = text.toLowerCase()
  const fits = (pattern: string): boolean => glob(pattern.toLowerCase(), value)
  if (patterns.some((pattern) => pattern.startsWith('!') && fits(pattern.slice(1)))) return false
  return patterns.some((pattern) => !pattern.startsWith('!') && fits(pattern))
}

type Criterion = (value: string, subject: Subject) => boolean

const CRITERIA: Readonly<Record<string, Criterion>> = {
  host: (value, { host }) => isOneOf(value.split(','), host),
  originalhost: (value, { asked }) => isOneOf(value.split(','), asked),
  user: (value, { user, localUser }) => isOneOf(value.split(','), user ?? localUser ?? ''),
  localuser: (value, { localUser }) => isOneOf(value.split(','), localUser ?? ''),
}

/** Criteria without a value; the file is gone through once, so its values are final from the beginning. */
const BARE: Readonly<Record<string, boolean>> = { all: true, final: true, canonical: false }

/** Criteria that nothing here fits: exec runs a command, and none is run here. */
const NEVER: readonly string[] = ['exec', 'localnetwork', 'tagged', 'command', 'version', 'sessiontype']

/** Returns what is wrong with the words of a Match line; undefined for nothing. */
export function matchProblem(words: readonly string[]): string | undefined {
  for (let at = 0; at < words.length; at++) {
    const name = (words[at] ?? '').toLowerCase().replace(/^!/, '')
    if (name in BARE) continue
    if (!(name in CRITERIA) && !NEVER.includes(name)) return `Match knows no criterion '${printable(name, 40)}'`
    if (words[++at] === undefined) return `Match ${name} has no value`
  }
  return undefined
}

function isMatch(words: readonly string[], subject: Subject): boolean {
  for (let at = 0; at < words.length; at++) {
    const word = (words[at] ?? '').toLowerCase()
    const name = word.replace(/^!/, '')
    const bare = BARE[name]
    const criterion = CRITERIA[name]
    const fits = bare ?? criterion?.(words[++at] ?? '', subject)
    if (fits === undefined || fits === word.startsWith('!')) return false
  }
  return true
}
