import type { Entry } from '../../index.js'
import type { Client } from '../client/client.js'
import { type FTPFILESTATUS, systemTime } from '../constants/structures.js'
import { matches } from './mask.js'

/** A directory that was asked for; nobody's name is the current one. */
export function directoryOf(name: string | null): string {
  return name || '.'
}

/** The entries of a directory that fit a mask; lines that cannot be read are left out, as nothing may be done with them. */
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
