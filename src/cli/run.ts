import { TransferError } from '../index.js'
import { Connections } from './login/connections.js'
import type { Settings } from './options/options.js'
import { type Request, readCommandLine } from './program.js'
import { observerFor } from './report/observe.js'
import { OUTPUT_CLOSED, Terminal } from './report/terminal.js'
import type { Verb } from './verbs.js'

const INTERRUPTED = 130
const WRONG_USAGE = 2

/** Runs one command line and resolves with the exit code. Never rejects. */
export async function run(words: readonly string[]): Promise<number> {
  if (words[0] === '--help-markdown') return show(process.stdout, (await import('./markdown.js')).markdown(), 0)
  const stop = new AbortController()
  const end = watch(stop)
  try {
    const request = readRequest(words)
    if (typeof request === 'number') return request
    if (request.kind === 'verb') return await carryOut(request, stop.signal)
    return show(request.asked ? process.stdout : process.stderr, request.text, request.asked ? 0 : WRONG_USAGE)
  } finally {
    end()
  }
}

function show(stream: NodeJS.WriteStream, text: string, code: number): number {
  stream.write(text)
  return code
}

/** Returns the parsed command line, or the exit code when it is invalid. */
function readRequest(words: readonly string[]): Request | number {
  try {
    return readCommandLine(words)
  } catch (error) {
    return terminalFor({ json: words.includes('--json') }).fail(error)
  }
}

function terminalFor({ json, quiet }: Pick<Settings, 'json' | 'quiet'>, signal?: AbortSignal): Terminal {
  return new Terminal({ out: process.stdout, err: process.stderr, json, quiet, signal })
}

async function carryOut(
  { verb, words, settings }: { verb: Verb; words: readonly string[]; settings: Settings },
  signal: AbortSignal,
): Promise<number> {
  const terminal = terminalFor(settings, signal)
  const eachFile = settings.transfer.recursive
  const observe = observerFor(terminal, { verbose: settings.verbose, eachFile })
  const connections = new Connections({ settings, terminal, observe, signal })
  try {
    const { run: work } = await verb.load()
    const code = await work({ words, settings, terminal, connections, signal })
    return code ?? 0
  } catch (error) {
    return terminal.fail(error)
  } finally {
    terminal.status('')
    await connections.close()
  }
}

/** Fires the signal on SIGINT, SIGTERM or when the output is closed; a second SIGINT exits at once. Returns a function that stops watching. */
function watch(stop: AbortController): () => void {
  const onSignal = (): void => {
    if (stop.signal.aborted) process.exit(INTERRUPTED)
    stop.abort(new TransferError('aborted', 'Interrupted.', { phase: 'command' }))
  }
  const onOut = (error: NodeJS.ErrnoException): void => {
    const gone = error.code === 'EPIPE' ? OUTPUT_CLOSED : undefined
    stop.abort(gone ?? new TransferError('local', `The standard output failed: ${error.message}.`, { phase: 'local' }))
  }
  const onErr = (): void => {}
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal)
  process.stdout.on('error', onOut)
  process.stderr.on('error', onErr)
  return () => {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal)
  }
}
