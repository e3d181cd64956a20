import type { Entry } from '../../../../src/store.js'

/** An entry in one line, as the corpus has it: type, size, time and how exact it is, mode, owner:group, name, target. */
export function shown(entry: Entry): string {
  if (entry.type === 'unreadable') return `unreadable: ${entry.problem}`
  const { type, size, modified, precision, zone, mode, owner, group, unique, name, target } = entry
  const time = modified
    ? `${modified.toISOString().replace(/(?:T00:00)?:00\.000Z$|Z$/, '')}/${precision}/${zone}`
    : undefined
  const id = unique === undefined ? '' : ` #${unique}`
  const who = owner === undefined && group === undefined ? undefined : `${owner ?? '?'}:${group ?? '?'}`
  const to = target === undefined ? '' : ` => "${target}"`
  return `${type} ${size ?? '?'} ${time ?? '?'} ${mode?.toString(8) ?? '?'} ${who ?? '?'}${id} "${name}"${to}`
}
