import { type Diagnosis, type DiagnosisStep, diagnose, parseUrl, printable } from '../../index.js'
import { exitCodeOf } from '../report/exit-codes.js'
import { jsonDiagnosis } from '../report/json.js'
import type { Terminal } from '../report/terminal.js'
import type { Context } from '../work/context.js'

/** Diagnoses the connection to a server; the exit code is that of the failed step, or 0. */
export async function run({ words, settings, terminal, connections }: Context): Promise<number> {
  const [url = ''] = words
  const options = await connections.optionsFor(parseUrl(url))
  const shown = !terminal.json && !terminal.quiet
  const onStep = shown ? (step: DiagnosisStep) => void (isPrinted(step) && terminal.line(stepLine(step))) : undefined
  const diagnosis = await diagnose(url, { ...options, ...settings.doctor, onStep })
  const exitCode = diagnosis.usable ? 0 : exitCodeOf(diagnosis.error)
  if (terminal.json) await terminal.emit(jsonDiagnosis(diagnosis, exitCode))
  else await print(diagnosis, terminal)
  return exitCode
}

async function print({ dialects = [], learned, verdict }: Diagnosis, terminal: Terminal): Promise<void> {
  for (const { command, reply, reaction } of terminal.quiet ? [] : dialects) {
    const said = reply ? `${reply.code} ${reply.text}` : 'no answer'
    await terminal.line(`  ${reaction.padEnd(9)}  ${printable(command, 60)}: ${printable(said, 100)}`)
  }
  for (const { text } of terminal.quiet ? [] : learned) await terminal.line(`  learned: ${printable(text)}`)
  await terminal.line(`${terminal.quiet ? '' : '\n'}${printable(verdict)}`)
}

/** Returns whether a step is printed: one that was not tried is not. */
function isPrinted({ skipped }: DiagnosisStep): boolean {
  return skipped !== true
}

/** Formats 'greeting      ok       12 ms  vsftpd greets: …'. */
export function stepLine({ name, outcome, ms, sentence }: DiagnosisStep): string {
  const took = outcome === 'skipped' ? '' : `${ms} ms`
  return `${name.padEnd(12)}  ${outcome.padEnd(7)} ${took.padStart(8)}  ${printable(sentence, 400)}`
}
