import type { Entry } from '../../index.js'
import type { Client } from '../client/client.js'
import { type FTPFILESTATUS, systemTime } from '../constants/structures.js'
import { matches } from './mask.js'

/** Returns the directory to use; no name means the current one. */
export function directoryOf(name: string | null): string {
  return name || '.'
}

/** Resolves with the entries of a directory that match a mask; entries that could not be parsed are left out, since they cannot be used. */
export async function listed(
  client: Client,
  directory: string | null,
  { mask, signal }: { mask: string | null; signal: AbortSignal },
): Promise<Entry[]> {
  const found: Entry[] = []
  for await (const entry of client.remote.list(directoryOf(directory), { signal }))
    if (entry.type !== 'unreadable' && matches(mask, entry.name)) found.push(entry)
  return found
}

export function fileStatus(entry: Entry): FTPFILESTATUS {
  return {
    szFileName: entry.name,
    szFileOwner: entry.owner ?? '',
    szFileGroup: entry.group ?? '',
    bIsDirectory: entry.type === 'directory',
    dwFileSize: entry.size ?? 0,
    dwFileLinks: 0,
    dwFileVersion: 0,
    dwFilePerms: entry.mode ?? 0,
    stFileDate: entry.modified ? systemTime(entry.modified) : null,
  }
}
