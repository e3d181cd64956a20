import type { Entry } from '../../store.js'
import { singleLine } from './session-state.js'

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const HALF_YEAR_MS = 182 * 24 * 3_600_000

const two = (number: number): string => String(number).padStart(2, '0')

/** Formats a line of `ls -l`, times in UTC. `now` decides between the time of day and the year. */
export function unixLine(entry: Entry, now: Date): string {
  const name = singleLine(entry.name) + (entry.type === 'link' ? ` -> ${singleLine(entry.target ?? '')}` : '')
  const links = entry.type === 'directory' ? 2 : 1
  const size = String(entry.size ?? 0).padStart(12)
  const owner = (entry.owner ?? 'ftp').padEnd(8)
  const group = (entry.group ?? 'ftp').padEnd(8)
  return `${modeText(entry)} ${String(links).padStart(4)} ${owner} ${group} ${size} ${unixTime(entry, now)} ${name}`
}

function unixTime({ modified }: Entry, now: Date): string {
  const time = modified ?? new Date(0)
  const day = `${MONTHS[time.getUTCMonth()]} ${String(time.getUTCDate()).padStart(2)}`
  const age = now.getTime() - time.getTime()
  if (age > HALF_YEAR_MS || age < -3_600_000) return `${day}  ${String(time.getUTCFullYear()).padStart(4, '0')}`
  return `${day} ${two(time.getUTCHours())}:${two(time.getUTCMinutes())}`
}

function modeText(entry: Entry): string {
  const letter = entry.type === 'directory' ? 'd' : entry.type === 'link' ? 'l' : '-'
  const bits = modeOf(entry)
  const shown = [...'rwxrwxrwx'].map((right, at) => (bits & (0o400 >> at) ? right : '-'))
  return letter + shown.join('')
}

function modeOf(entry: Entry): number {
  if (entry.mode !== undefined) return entry.mode
  return entry.type === 'directory' ? 0o755 : entry.type === 'link' ? 0o777 : 0o644
}

/** Formats a line of IIS in its MS-DOS style, times in UTC. */
export function dosLine(entry: Entry): string {
  const time = entry.modified ?? new Date(0)
  const hours = time.getUTCHours()
  const day = `${two(time.getUTCMonth() + 1)}-${two(time.getUTCDate())}-${two(time.getUTCFullYear() % 100)}`
  const clock = `${two(hours % 12 || 12)}:${two(time.getUTCMinutes())}${hours < 12 ? 'AM' : 'PM'}`
  const size = entry.type === 'directory' ? '      <DIR>         ' : String(entry.size ?? 0).padStart(20)
  return `${day}  ${clock} ${size} ${singleLine(entry.name)}`
}

/** The facts of MLST that this server supports, in the order in which they are sent. */
export const FACTS = ['type', 'size', 'modify', 'perm', 'unique', 'UNIX.mode'] as const

/** Formats a line of MLSD or MLST (RFC 3659 section 7.2) with the requested facts; `type` replaces the entry's own. */
export function factLine(entry: Entry, wanted: readonly string[], type = typeFact(entry)): string {
  const values: Record<string, string | undefined> = {
    type,
    size: entry.type === 'file' ? String(entry.size ?? 0) : undefined,
    modify: entry.modified && timeValue(entry.modified),
    perm: entry.type === 'directory' ? 'cdeflmp' : 'adfrw',
    unique: entry.unique,
    'UNIX.mode': `0${modeOf(entry).toString(8).padStart(3, '0')}`,
  }
  const facts = FACTS.filter((fact) => wanted.includes(fact) && values[fact] !== undefined)
  return `${facts.map((fact) => `${fact}=${values[fact]};`).join('')} ${singleLine(entry.name)}`
}

function typeFact(entry: Entry): string {
  if (entry.type === 'directory') return 'dir'
  if (entry.type === 'link') return `OS.unix=slink:${singleLine(entry.target ?? '').replaceAll(';', '?')}`
  return entry.type === 'file' ? 'file' : 'OS.unix=special'
}

/** Formats YYYYMMDDHHMMSS[.sss] in UTC (RFC 3659 section 2.3). */
export function timeValue(time: Date): string {
  const digits = time.toISOString().replace(/[-:TZ]/g, '')
  return digits.endsWith('.000') ? digits.slice(0, 14) : digits
}

/** Parses the same format; returns undefined when it does not match. */
export function readTimeValue(text: string): Date | undefined {
  const found = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\.\d{1,3})?$/.exec(text)
  if (!found) return undefined
  const [, year, month, day, hour, minute, second, fraction = ''] = found
  const time = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}${fraction}Z`)
  return Number.isNaN(time.getTime()) ? undefined : time
}
