import { parseUrl, TransferError } from '../../index.js'
import { jsonEntry } from '../report/json.js'
import { renderFacts } from '../report/render.js'
import type { Context } from '../work/context.js'
import { remotePath } from '../work/paths.js'

/** Prints the attributes of one file or directory. */
export async function run({ words, terminal, connections, signal }: Context): Promise<undefined> {
  const target = parseUrl(words[0] ?? '')
  const path = remotePath(target)
  const remote = await connections.to(target)
  const entry = await remote.stat(path, { signal })
  if (entry === undefined)
    throw new TransferError('not-found', `There is nothing named ${path}.`, { phase: 'command', path })
  if (terminal.json) await terminal.emit(jsonEntry(entry, path))
  else for (const fact of renderFacts(path, entry)) await terminal.line(fact)
  return undefined
}
