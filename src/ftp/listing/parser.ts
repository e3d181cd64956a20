import type { Entry } from '../../store.js'

/**
 * Reads one line of a listing, without its end: an entry, 'skip' for a line that holds none, undefined when it is not of this
 * format. Never throws.
 */
export type Parser = (line: string) => Entry | 'skip' | undefined

/** The parser of one listing. It may remember what its lines have in common. `now` decides the year of dates that are printed without one. */
export type Format = (now: Date) => Parser
