import assert from 'node:assert/strict'
import { TransferError } from '../../../src/errors.js'
import type { AskOptions, Reply, Talk } from '../../../src/ftp/control/command-channel.js'
import { Redactor } from '../../../src/redact.js'

/** What is said ('' = nothing, only listened), and what comes back: a reply as on the wire, or an error that ask throws. */
export type Exchange = readonly [line: string, answer: string | Error]

export interface ScriptedTalk extends Talk {
  readonly redactor: Redactor
  /** How each line was to be shown. */
  readonly shown: string[]
  readonly options: AskOptions[]
  /** Fails unless the whole script was played. */
  finished(): void
}

/** The other side of a dialogue, line by line; anything out of the script fails the test. */
export function scripted(...script: readonly Exchange[]): ScriptedTalk {
  let at = 0
  const redactor = new Redactor()
  const shown: string[] = []
  const asked: AskOptions[] = []
  const next = async (line: string, options: AskOptions = {}): Promise<Reply> => {
    const [expected, answer] = script[at++] ?? ['(the end)', '']
    assert.equal(line, expected)
    shown.push(options.shown ?? line)
    asked.push(options)
    if (answer instanceof Error) throw answer
    return reply(answer)
  }
  return {
    redactor,
    shown,
    options: asked,
    ask: next,
    listen: (options) => next('', options),
    finished: () => assert.equal(at, script.length, `${script.length - at} lines were never said`),
  }
}

export function reply(wire: string): Reply {
  const lines = wire.split('\n').map((line) => line.replace(/^\d{3}[- ]/, ''))
  return { code: Number(wire.slice(0, 3)), lines, text: lines.join('\n') }
}

/** The error a promise fails with, which has to be a TransferError. */
export async function errorOf(work: Promise<unknown>): Promise<TransferError> {
  const error: unknown = await work.then(
    () => assert.fail('it did not fail'),
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof TransferError, String(error))
  return error
}

/** The error a call throws, which has to be a TransferError. */
export function thrown(call: () => unknown): TransferError {
  try {
    call()
  } catch (error) {
    if (error instanceof TransferError) return error
    throw error
  }
  return assert.fail('it did not throw')
}
