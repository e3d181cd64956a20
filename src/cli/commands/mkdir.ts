import { parseUrl } from '../../index.js'
import { usage } from '../options/usage.js'
import type { Context } from '../work/context.js'
import { forEachParallel } from '../work/parallel.js'
import { remoteName } from '../work/paths.js'

/** Makes directories. */
export async function run(context: Context): Promise<number> {
  const { words, settings, terminal, connections, signal } = context
  const targets = words.map((word) => parseUrl(word))
  if (targets.some((target) => remoteName(target) === ''))
    throw usage('The URL names no directory.', 'Put the name of the new directory at its end.')
  return await forEachParallel(targets, context, async (target) => {
    const remote = await connections.to(target)
    const path = target.path ?? ''
    await remote.makeDir(path, { recursive: settings.parents, signal })
    await terminal.done({ type: 'result', verb: 'mkdir', path })
  })
}
