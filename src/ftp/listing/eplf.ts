import type { Entry } from '../../store.js'
import type { Format } from './columns.js'

/** Easily Parsed LIST Format of publicfile and anonftpd: `+facts,` a tab, and the name. */
export const eplf: Format = () => (line) => {
  const tab = line.indexOf('\t')
  if (!line.startsWith('+') || tab < 0) return undefined
  const facts = line.slice(1, tab).split(',')
  const value = (letter: string): string | undefined => facts.find((fact) => fact.startsWith(letter))?.slice(1)
  const type = facts.includes('/') ? 'directory' : facts.includes('r') ? 'file' : 'other'
  return {
    name: line.slice(tab + 1),
    type,
    size: count(value('s')),
    ...time(value('m')),
    unique: value('i'),
    raw: line,
  }
}

function count(digits: string | undefined): number | undefined {
  const value = digits !== undefined && /^\d{1,16}$/.test(digits) ? Number(digits) : Number.NaN
  return Number.isSafeInteger(value) ? value : undefined
}

/** Seconds since 1970. */
function time(digits: string | undefined): Pick<Entry, 'modified' | 'precision' | 'zone'> {
  const seconds = count(digits)
  if (seconds === undefined || seconds > 8_640_000_000) return {}
  return { modified: new Date(seconds * 1000), precision: 's', zone: 'utc' }
}
