import type { Observer } from '../../events.js'
import { Learned } from '../../learned.js'

/** What servers do to temporary names. */
export type NamingFact = 'hidden-names-refused' | 'temporary-names-refused' | 'rename-refused'

const TEXTS: Readonly<Record<NamingFact, string>> = {
  'hidden-names-refused':
    'The server refuses names that begin with a dot, or long ones: temporary files get short names without one.',
  'temporary-names-refused': 'The server refuses the names of temporary files: files are written in place.',
  'rename-refused': 'The server refuses to rename: files are written in place.',
}

export type NamingLearned = Learned<NamingFact>

/** Returns a record in which nothing is known of the server yet. */
export function newNamingLearned(observe: Observer): NamingLearned {
  return new Learned(TEXTS, observe)
}
