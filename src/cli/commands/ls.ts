import { type Entry, parseUrl, type Remote, TransferError } from '../../index.js'
import { jsonEntry } from '../report/json.js'
import { renderEntry } from '../report/render.js'
import type { Context } from '../work/context.js'
import { remotePath } from '../work/paths.js'

/** Lists a directory, or shows the one file. */
export async function run({ words, terminal, connections, signal }: Context): Promise<undefined> {
  const target = parseUrl(words[0] ?? '')
  const remote = await connections.to(target)
  const path = remotePath(target)
  const count = { entries: 0, unreadable: 0 }
  for await (const { entry, at } of entriesOf(remote, path, signal)) {
    count.entries++
    if (entry.type === 'unreadable') count.unreadable++
    await (terminal.json ? terminal.emit(jsonEntry(entry, at)) : terminal.line(renderEntry(entry)))
  }
  if (terminal.json) await terminal.emit({ type: 'result', verb: 'ls', path, ...count })
  else if (count.unreadable > 0) terminal.note(unreadable(count.unreadable))
  return undefined
}

function unreadable(count: number): string {
  return `${count} ${count === 1 ? 'entry' : 'entries'} of the listing could not be read; --json shows the lines.`
}

/** Yields the directory's entries; of a file, the file itself. */
async function* entriesOf(
  remote: Remote,
  path: string,
  signal: AbortSignal,
): AsyncGenerator<{ entry: Entry; at: string }> {
  const inside = path === '.' ? '' : path.endsWith('/') ? path : `${path}/`
  try {
    for await (const entry of remote.list(path, { signal })) yield { entry, at: inside + entry.name }
  } catch (error) {
    const entry = isNoDirectory(error) ? await remote.stat(path, { signal }) : undefined
    if (entry === undefined || entry.type === 'directory') throw error
    yield { entry, at: path }
  }
}

/** Returns whether an error means that the path is a file: servers reply that it is no directory, or that there is none of that name. */
function isNoDirectory(error: unknown): boolean {
  return error instanceof TransferError && ['not-directory', 'not-found', 'refused'].includes(error.code)
}
