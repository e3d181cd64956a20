import type { ErrorCode } from './errors.js'
import { parent } from './path.js'
import type { Entry } from './store.js'

/** What a call was about to do with a path; it decides what a refusal without a reason can mean. */
export type Meaning = 'read' | 'write' | 'use' | 'remove' | 'make' | 'list'

export interface Question {
  readonly path: string
  readonly meaning: Meaning
  /** Resolves with the entry at a path. */
  readonly look: (path: string) => Promise<Entry | undefined>
}

/** Resolves with the reason for a refusal that names none, found by looking at the path; with undefined when that does not show it. */
export async function codeByLooking({ path, meaning, look }: Question): Promise<ErrorCode | undefined> {
  const entry = await look(path)
  if (meaning === 'make') return entry ? 'exists' : await missingParent(path, look)
  if (meaning === 'write') return entry?.type === 'directory' ? 'is-directory' : await missingParent(path, look)
  if (!entry) return 'not-found'
  if (meaning === 'list') return entry.type === 'directory' ? undefined : 'not-directory'
  return entry.type === 'directory' && meaning !== 'use' ? 'is-directory' : undefined
}

async function missingParent(path: string, look: Question['look']): Promise<ErrorCode | undefined> {
  const above = parent(path)
  return above === '' || above === '/' || (await look(above)) ? undefined : 'not-found'
}

const SENTENCES: Partial<Record<ErrorCode, (path: string) => string>> = {
  'not-found': (path) => `${path} does not exist on the server, or its directory does not`,
  exists: (path) => `${path} exists on the server already`,
  'is-directory': (path) => `${path} is a directory on the server`,
  'permission-denied': (path) => `${path} is on the server, but not for this user`,
  'not-directory': (path) => `${path} is not a directory on the server`,
}

/** Returns the sentence for a code that was found by looking, without its full stop. */
export function sentenceFor(code: ErrorCode, path: string): string {
  return SENTENCES[code]?.(path) ?? path
}
