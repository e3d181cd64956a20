import { parseUrl } from '../../index.js'
import { usage } from '../options/usage.js'
import type { Context } from '../work/context.js'
import { newPath, remoteName } from '../work/paths.js'

/** Renames a file or directory on the server. */
export async function run({ words, terminal, connections, signal }: Context): Promise<undefined> {
  const target = parseUrl(words[0] ?? '')
  const path = target.path ?? ''
  if (remoteName(target) === '') throw usage('The URL names no file.', 'Put the old name at its end.')
  const to = newPath(target, words[1] ?? '')
  const remote = await connections.to(target)
  await remote.rename(path, to, { signal })
  await terminal.done({ type: 'result', verb: 'mv', path, to })
  return undefined
}
