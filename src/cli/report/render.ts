import { type Entry, type Progress, printable, type TransferResult, type TreeResult } from '../../index.js'

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const

/** Formats bytes: '812 B', '1.4 MiB'. */
export function renderBytes(bytes: number): string {
  let [value, unit] = [bytes, 0]
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024
    unit++
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`
}

/** Formats seconds: '0.4 s', '12 s', '3 min 05 s', '2 h 07 min'. */
export function renderSeconds(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole} s`
  const minutes = Math.floor(whole / 60)
  if (minutes < 60) return `${minutes} min ${two(whole % 60)} s`
  return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`
}

function two(value: number): string {
  return String(value).padStart(2, '0')
}

const LETTERS = { file: '-', directory: 'd', link: 'l', other: '?', unreadable: '!' } as const

/** Formats one row of `ls`: type and permissions, bytes, time, name. Contains no control characters. */
export function renderEntry(entry: Entry): string {
  if (entry.type === 'unreadable') {
    return `!unreadable ${printable(entry.raw ?? entry.name, 200)}  (${printable(entry.problem ?? 'no reason given', 200)})`
  }
  const name = `${printable(entry.name)}${entry.type === 'directory' ? '/' : ''}`
  const target = entry.target === undefined ? '' : ` -> ${printable(entry.target)}`
  const size = entry.size === undefined || entry.type === 'directory' ? '-' : String(entry.size)
  return `${modeText(entry)} ${size.padStart(13)} ${timeText(entry).padEnd(17)} ${name}${target}`
}

/** Formats 'drwxr-xr-x', or the type alone when the permissions are unknown. */
function modeText({ type, mode }: Entry): string {
  if (mode === undefined) return `${LETTERS[type]}---------`.replaceAll('-', (_, at: number) => (at === 0 ? '-' : ' '))
  const bits = [...'rwxrwxrwx'].map((letter, at) => (mode & (0o400 >> at) ? letter : '-'))
  return LETTERS[type] + bits.join('')
}

/** Formats a time to the minute; with 'Z' when it is known to be UTC, without when it is as the server wrote it. */
function timeText({ modified, precision, zone }: Entry): string {
  if (modified === undefined || Number.isNaN(modified.getTime())) return '-'
  const text = modified.toISOString()
  if (precision === 'day') return text.slice(0, 10)
  return `${text.slice(0, 10)} ${text.slice(11, 16)}${zone === 'assumed' ? '' : 'Z'}`
}

/** Formats the output of `stat`: one fact a line. */
export function renderFacts(path: string, entry: Entry): string[] {
  const { mode, owner, group, target, unique } = entry
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['path', path],
    ['type', entry.type],
    ['size', entry.size === undefined ? undefined : `${entry.size} bytes`],
    ['modified', entry.modified && timeInFull(entry)],
    ['mode', mode === undefined ? undefined : mode.toString(8).padStart(4, '0')],
    ['owner', owner],
    ['group', group],
    ['target', target],
    ['unique', unique],
  ]
  return facts.flatMap(([what, value]) => (value === undefined ? [] : [`${what.padEnd(9)} ${printable(value)}`]))
}

function timeInFull({ modified, zone }: Entry): string {
  const text = modified && !Number.isNaN(modified.getTime()) ? modified.toISOString() : 'not readable'
  return zone === 'assumed' ? `${text.replace('Z', '')} (the server's clock)` : text
}

const BAR = 20

/** Formats the progress line of a terminal: name, bar, percent, bytes, rate, remaining time; at most `columns` wide. */
export function renderBar({ path, bytes, total, percent, rate, eta }: Progress, columns: number): string {
  const parts = [
    renderBytes(bytes) + (total === undefined ? '' : ` of ${renderBytes(total)}`),
    `${renderBytes(rate)}/s`,
  ]
  if (eta !== undefined) parts.push(`${renderSeconds(eta)} to go`)
  const figures = `${percent === undefined ? '' : `${meter(percent)} `}${parts.join('  ')}`
  const name = printable(baseName(path))
  const width = columns - figures.length - 2
  if (width < 4) return figures.slice(0, Math.max(columns, 0))
  return `${name.length > width ? `${name.slice(0, width - 1)}…` : name}  ${figures}`
}

function meter(percent: number): string {
  const whole = Math.min(100, Math.max(0, percent))
  const filled = Math.round((whole / 100) * BAR)
  return `[${'#'.repeat(filled)}${'.'.repeat(BAR - filled)}] ${String(Math.floor(whole)).padStart(3)} %`
}

/** Formats the same for a log: a line on its own. */
export function renderProgressLine({ path, bytes, total, percent, rate, eta }: Progress): string {
  const of = total === undefined ? '' : ` of ${renderBytes(total)}`
  const share = percent === undefined ? '' : ` (${Math.floor(percent)} %)`
  const left = eta === undefined ? '' : `, ${renderSeconds(eta)} to go`
  return `${printable(path)}: ${renderBytes(bytes)}${of}${share}, ${renderBytes(rate)}/s${left}`
}

/** Formats the result of a transfer: 'a.bin: 1.4 MiB in 0.8 s (1.7 MiB/s), verified by XMD5'. */
export function renderResult(path: string, result: TransferResult & Partial<TreeResult>): string {
  const { bytes, from, elapsedMs, verifiedBy, confirmedBy, integrity, retries, files, confirmed, skipped } = result
  const rate = elapsedMs > 0 ? ` (${renderBytes((bytes * 1000) / elapsedMs)}/s)` : ''
  const notes = [
    files === undefined ? undefined : `${files} ${files === 1 ? 'file' : 'files'}`,
    from > 0 ? `resumed at ${renderBytes(from)}` : undefined,
    verifiedBy === undefined ? undefined : `verified by ${verifiedBy}`,
    confirmedBy === undefined ? undefined : `confirmed by ${confirmedBy}`,
    confirmed?.length ? `${confirmed.length} confirmed by a second look` : undefined,
    skipped?.length ? `${skipped.length} left out (links and special files)` : undefined,
    integrity === 'unproven' && files === undefined ? 'the size was not known' : undefined,
    retries > 0 ? `${retries} ${retries === 1 ? 'retry' : 'retries'}` : undefined,
  ].filter((note) => note !== undefined)
  const line = `${path}: ${renderBytes(bytes)} in ${renderSeconds(elapsedMs / 1000)}${rate}`
  return printable([line, ...notes].join(', '))
}

const MOST_SKIPPED = 20

/** What a tree left out on purpose, a line each as far as a person would read them; the summary has their number. */
export function renderSkipped({ skipped = [] }: Partial<TreeResult>): string[] {
  const lines = skipped.slice(0, MOST_SKIPPED).map(({ path, reason }) => printable(`left out ${path}: ${reason}`))
  const more = skipped.length - lines.length
  return more > 0 ? [...lines, `… and ${more} more left out; --json names them all`] : lines
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/', path.length - 2) + 1)
}

/** Formats a table with a line under its headings; columns as wide as their widest cell. */
export function renderTable(heads: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = heads.map((head, at) => Math.max(head.length, ...rows.map((row) => (row[at] ?? '').length)))
  const lineOf = (cells: readonly string[]): string =>
    widths
      .map((width, at) => (cells[at] ?? '').padEnd(width))
      .join('  ')
      .trimEnd()
  return [lineOf(heads), widths.map((width) => '-'.repeat(width)).join('  '), ...rows.map(lineOf)]
}
