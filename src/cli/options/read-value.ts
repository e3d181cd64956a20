import { readFileSync } from 'node:fs'
import { suggestion } from '../../index.js'
import { usage } from './usage.js'

const UNITS: Readonly<Record<string, number>> = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 }

/** Parses bytes per second: '500k', '2M', '1.5g' or a plain number; k, M and G count by 1,024. */
export function readRate(text: string, flag: string): number {
  const [, digits = '', unit = ''] = /^(\d{1,12}(?:\.\d{1,6})?)([kmg]?)$/i.exec(text) ?? []
  const rate = Math.round(Number(digits) * (UNITS[unit.toLowerCase()] ?? 1))
  if (digits === '' || rate < 1)
    throw usage(`${flag} '${text}' is not a rate.`, 'Write bytes per second, such as 500k or 2M.')
  return rate
}

/** Parses a whole number from `low` to `high`. */
export function readWhole(text: string, flag: string, { low, high }: { low: number; high: number }): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
  if (!(value >= low && value <= high))
    throw usage(`${flag} '${text}' is not a whole number from ${low} to ${high}.`, `Write ${flag} ${low}, for example.`)
  return value
}

/** Parses seconds such as '20' or '0.5' to milliseconds. */
export function readSeconds(text: string, flag: string): number {
  const seconds = /^\d{1,6}(?:\.\d{1,3})?$/.test(text) ? Number(text) : 0
  if (seconds <= 0) throw usage(`${flag} '${text}' is not a time in seconds.`, `Write ${flag} 20, for example.`)
  return Math.ceil(seconds * 1000)
}

/** Parses two ports: '50000-50100'. */
export function readPorts(text: string, flag: string): readonly [number, number] {
  const [, first, last] = /^(\d{1,5})-(\d{1,5})$/.exec(text) ?? []
  const [low, high] = [Number(first ?? 0), Number(last ?? 0)]
  if (low < 1 || high > 65535 || low > high)
    throw usage(`${flag} '${text}' is not a range of ports.`, `Write ${flag} 50000-50100, for example.`)
  return [low, high]
}

/** Parses fields of an HTTP request: 'Name: value'. What a value must not hold, the library says. */
export function readFields(texts: readonly string[], flag: string): Record<string, string> {
  const fields = texts.map((text) => {
    const [, name, value] = /^([^\s:]+):\s*(.*)$/s.exec(text) ?? []
    if (name === undefined || value === undefined)
      throw usage(`${flag} '${text.split(':')[0]}' is not a field.`, `Write ${flag} 'User-Agent: curl/8', for example.`)
    return [name, value] as const
  })
  return Object.fromEntries(fields)
}

/** Parses one of the known words; an unknown one gets a suggestion. */
export function readChoice<T extends string>(text: string, flag: string, known: readonly T[]): T {
  const found = known.find((one) => one === text)
  if (found === undefined) throw usage(`${flag} '${text}' is not known.`, suggestion(text, known))
  return found
}

/** Parses known words separated by commas. */
export function readChoices<T extends string>(text: string, flag: string, known: readonly T[]): T[] {
  return text.split(',').map((one) => readChoice(one.trim(), flag, known))
}

/** Reads the file named by a flag. */
export function readBytes(path: string, flag: string): Buffer {
  try {
    return readFileSync(path)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw usage(`${flag}: the file cannot be read: ${reason}.`, 'Name a file that exists.')
  }
}
