import { stat } from 'node:fs/promises'
import { type Target, TransferError } from '../../index.js'
import { usage } from '../options/usage.js'
import { jsonResult } from '../report/json.js'
import { renderResult, renderSkipped } from '../report/render.js'
import type { Context } from '../work/context.js'
import { forEachParallel } from '../work/parallel.js'
import { destination, splitPut } from '../work/paths.js'

/** Uploads files, directories and the standard input. */
export async function run(context: Context): Promise<number> {
  const { words, settings } = context
  const { locals, target } = splitPut(words)
  if (locals.includes('-') && settings.secrets.passwordStdin)
    throw usage('The standard input cannot be both the file and the password.', 'Use --password-env or --netrc.')
  const jobs = locals.map((local) => ({ target, local, path: destination(target, local, locals.length > 1) }))
  return await forEachParallel(jobs, context, (job) => sendOne(job, context))
}

async function sendOne(
  { target, local, path }: { target: Target; local: string; path: string },
  { settings, terminal, connections, signal }: Context,
): Promise<void> {
  if (local !== '-') await checkLocal(local, settings.transfer.recursive ?? false)
  const remote = await connections.to(target)
  const options = { type: target.type, ...settings.transfer, signal }
  try {
    const result = await remote.upload(local === '-' ? process.stdin : local, path, options)
    terminal.notes(renderSkipped(result))
    await terminal.done(jsonResult('put', { path, local }, result), renderResult(path, result))
  } finally {
    // Unread standard input (a terminal, a pipe) would keep the process alive.
    if (local === '-') process.stdin.destroy()
  }
}

/** Checks a local path before a connection is opened. */
async function checkLocal(path: string, recursive: boolean): Promise<void> {
  const found = await stat(path).catch(() => undefined)
  if (!found) throw new TransferError('not-found', `There is no local file ${path}.`, { phase: 'local', path })
  if (!found.isDirectory() || recursive) return
  const hint = 'Add --recursive to upload it with everything in it.'
  throw new TransferError('is-directory', `${path} is a directory.`, { phase: 'local', path, hint })
}
