import { parseUrl } from '../../index.js'
import { jsonResult } from '../report/json.js'
import type { Context } from '../work/context.js'
import { forEachParallel } from '../work/parallel.js'
import { remotePath } from '../work/paths.js'

/** Writes files to the standard output, one after the other. */
export async function run(context: Context): Promise<number> {
  const { words, settings, terminal, connections, signal } = context
  const out = terminal.fileOutput()
  return await forEachParallel(
    words.map((word) => parseUrl(word)),
    context,
    async (target) => {
      const remote = await connections.to(target)
      const path = remotePath(target)
      const result = await remote.download(path, out, { type: target.type, ...settings.transfer, signal })
      await terminal.done(jsonResult('cat', { path, local: '-' }, result))
    },
  )
}
