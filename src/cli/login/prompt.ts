import { Writable } from 'node:stream'
import { TransferError } from '../../index.js'

/** Returns whether there is a terminal to ask at. */
export function canAsk(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true
}

export interface AskOptions {
  readonly signal: AbortSignal
  readonly input?: NodeJS.ReadableStream
  /** Where the question is printed. */
  readonly output?: NodeJS.WritableStream
}

/** Asks for a secret without echo. Rejects with `aborted` on Ctrl-C, at the end of the input, or when the signal fires. */
export async function askSecret(question: string, options: AskOptions): Promise<string> {
  const { signal, input = process.stdin, output = process.stderr } = options
  const { createInterface } = process.getBuiltinModule('node:readline') // loaded only when needed
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input, output: silent, terminal: true, historySize: 0 })
  output.write(question)
  let stop = (): void => {}
  try {
    return await new Promise<string>((resolve, reject) => {
      stop = () => reject(new TransferError('aborted', 'No password was given.', { phase: 'arguments' }))
      lines.once('SIGINT', stop).once('close', stop)
      signal.addEventListener('abort', stop, { once: true })
      lines.question('', resolve)
    })
  } finally {
    signal.removeEventListener('abort', stop)
    lines.close()
    output.write('\n')
  }
}
