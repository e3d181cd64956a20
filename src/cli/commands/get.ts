import { stat } from 'node:fs/promises'
import type { Target } from '../../index.js'
import { jsonResult } from '../report/json.js'
import { renderResult, renderSkipped } from '../report/render.js'
import type { Context } from '../work/context.js'
import { forEachParallel } from '../work/parallel.js'
import { localTarget, remotePath, splitGet } from '../work/paths.js'

/** Downloads files and directories. */
export async function run(context: Context): Promise<number> {
  const { words, settings, terminal } = context
  const { urls, local } = splitGet(words)
  if (local === '-') terminal.fileOutput()
  const how = {
    several: urls.length > 1,
    recursive: settings.transfer.recursive ?? false,
    exists: local !== undefined && local !== '-' && (await isDirectory(local)),
  }
  const jobs = urls.map((target) => ({ target, local: local === '-' ? '-' : localTarget(target, local, how) }))
  return await forEachParallel(jobs, context, (job) => fetchOne(job, context))
}

async function fetchOne(
  { target, local }: { target: Target; local: string },
  { settings, terminal, connections, signal }: Context,
): Promise<void> {
  const remote = await connections.to(target)
  const path = remotePath(target)
  const to = local === '-' ? terminal.fileOutput() : local
  const result = await remote.download(path, to, { type: target.type, ...settings.transfer, signal })
  terminal.notes(renderSkipped(result))
  await terminal.done(jsonResult('get', { path, local }, result), renderResult(path, result))
}

async function isDirectory(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined)
  return found?.isDirectory() ?? false
}
