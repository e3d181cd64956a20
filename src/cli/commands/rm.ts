import { parseUrl, type Target } from '../../index.js'
import { usage } from '../options/usage.js'
import type { Context } from '../work/context.js'
import { forEachParallel } from '../work/parallel.js'

/** Removes files, and directories with --recursive. */
export async function run(context: Context): Promise<number> {
  const targets = context.words.map((word) => parseUrl(word))
  for (const { path = '' } of targets) {
    if (/^[./]*$/.test(path))
      throw usage('The URL names no file.', 'Put what is to be removed at its end; the whole server is never removed.')
  }
  return await forEachParallel(targets, context, (target) => removeOne(target, context))
}

async function removeOne(target: Target, { settings, terminal, connections, signal }: Context): Promise<void> {
  const remote = await connections.to(target)
  const path = target.path ?? ''
  const isTree = settings.transfer.recursive && (await remote.stat(path, { signal }))?.type === 'directory'
  if (isTree) await remote.removeDir(path, { recursive: true, signal })
  else await remote.remove(path, { signal })
  await terminal.done({ type: 'result', verb: 'rm', path })
}
