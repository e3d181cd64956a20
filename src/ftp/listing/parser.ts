import type { Entry } from '../../store.js'

/**
 * Reads one line of a listing, without its end: an entry, 'skip' for a line that holds none, undefined when it is not of this
 * format. `now` decides the year of dates that are printed without one. Never throws.
 */
export type Parser = (line: string, now: Date) => Entry | 'skip' | undefined
