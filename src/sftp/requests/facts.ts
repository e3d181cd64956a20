import type { Observer } from '../../events.js'
import { Learned } from '../../learned.js'

/** What SFTP servers do differently from the draft, or from what most of them do. */
export type SftpFact =
  | 'fstat-refused'
  | 'stat-refused'
  | 'lstat-refused'
  | 'short-writes'
  | 'one-request'
  | 'one-open-file'
  | 'fewer-sessions'

const TEXTS: Readonly<Record<SftpFact, string>> = {
  'fstat-refused': 'The server refuses FSTAT: sizes of open files are not known, and their end is where reading ends.',
  'stat-refused': 'The server refuses STAT: LSTAT is asked in its place.',
  'lstat-refused': 'The server refuses LSTAT: STAT is asked in its place.',
  'short-writes': 'The server refuses long writes: they are sent in pieces of at most 32 KiB.',
  'one-request': 'The server fails when several reads or writes are in flight: they are sent one at a time.',
  'one-open-file': 'The server refuses to open a file beside another one: they are opened one at a time.',
  'fewer-sessions': 'The server takes no more sessions than are open: work waits for one of them.',
}

export type SftpLearned = Learned<SftpFact>

/** Returns a record in which nothing is known of the server yet. */
export function newLearned(observe: Observer): SftpLearned {
  return new Learned(TEXTS, observe)
}
