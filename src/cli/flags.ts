import type { ConnectOptions } from '../index.js'
import { checkPairs, checkTogether } from './conflicts.js'
import { OPTIONS, type OptionSpec, type Settings } from './options/options.js'

/** Formats a flag for the help: '-v, --verbose', '--netrc[=FILE]', '--user NAME'. */
export function flagText({ name, short, argument }: OptionSpec): string {
  const optional = argument?.startsWith('[') ? `[=${argument.slice(1)}` : undefined
  return `${short ? `-${short}, ` : ''}--${name}${optional ?? (argument ? ` ${argument}` : '')}`
}

/**
 * Converts the given flags to settings: arguments by flag name, an empty list for a flag without one. Flags are applied in the order
 * of the table, so --active-ports wins over --active whatever their order. Throws `bad-argument` for flags that exclude each other.
 */
export function settingsFrom(given: ReadonlyMap<string, readonly string[]>): Settings {
  checkPairs(new Set(given.keys()))
  let settings: Settings = { connect: {}, transfer: {}, secrets: {}, serve: {}, doctor: {} }
  for (const { name, sets } of OPTIONS) {
    const all = given.get(name)
    if (all) settings = merged(settings, sets(all.at(-1) ?? '', all))
  }
  checkTogether(settings)
  return settings
}

function merged(before: Settings, { connect, transfer, secrets, serve, doctor, ...rest }: Partial<Settings>): Settings {
  return {
    ...before,
    ...rest,
    connect: mergedConnect(before.connect, connect),
    transfer: { ...before.transfer, ...transfer },
    secrets: { ...before.secrets, ...secrets },
    serve: { ...before.serve, ...serve },
    doctor: { ...before.doctor, ...doctor },
  }
}

/** Merges options that are objects and set by several flags. */
function mergedConnect(before: ConnectOptions, more: ConnectOptions = {}): ConnectOptions {
  const both = { ...before, ...more }
  const tls = before.tls && more.tls ? { ...before.tls, ...more.tls } : both.tls
  const keepAlive =
    isObject(before.keepAlive) && isObject(more.keepAlive) ? { ...before.keepAlive, ...more.keepAlive } : both.keepAlive
  const hostKey = before.hostKey && more.hostKey ? { ...before.hostKey, ...more.hostKey } : both.hostKey
  const timeouts = before.timeouts && more.timeouts ? { ...before.timeouts, ...more.timeouts } : both.timeouts
  return {
    ...both,
    ...(tls && { tls }),
    ...(hostKey && { hostKey }),
    ...(timeouts && { timeouts }),
    ...(keepAlive !== undefined && { keepAlive }),
  }
}

function isObject<T>(value: T): value is Extract<T, object> {
  return typeof value === 'object' && value !== null
}

/**
 * Returns the words of a command line with the value of every optional argument bound to its flag, as in GNU's tools: `--verify FILE`
 * leaves FILE a word of its own, `--verify sha256` and `--verify=sha256` are the same.
 */
export function bindOptional(words: readonly string[]): string[] {
  const bound: string[] = []
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? ''
    if (word === '--') return [...bound, ...words.slice(at)]
    const spec = OPTIONS.find(({ name, argument }) => word === `--${name}` && argument?.startsWith('['))
    const next = words[at + 1]
    if (spec && next !== undefined && spec.takes?.test(next)) at++
    bound.push(spec ? `${word}=${next !== undefined && spec.takes?.test(next) ? next : ''}` : word)
  }
  return bound
}
