import { printable, type TransferEvent } from '../../index.js'
import { renderTable } from '../report/render.js'
import { replyLines } from '../report/wire-log.js'
import type { ScenarioResult, STEPS } from './scenario.js'

/** Width of the left column, the commands. */
const LEFT = 46
/** Lines of one reply that are shown; the rest is counted. */
const MAX_LINES = 2

/** Formats the session as the client saw it: commands on the left, replies on the right. */
export function transcript(events: readonly TransferEvent[]): string[] {
  const lines: string[] = []
  let command = ''
  for (const event of events) {
    if (event.type === 'command') {
      if (command !== '') lines.push(command)
      command = `  > ${printable(event.text)}`
    }
    if (event.type !== 'reply') continue
    for (const text of shortened(replyLines(event))) {
      lines.push(`${command.padEnd(LEFT)}< ${printable(text)}`)
      command = ''
    }
  }
  return command === '' ? lines : [...lines, command]
}

function shortened(lines: readonly string[]): readonly string[] {
  if (lines.length <= MAX_LINES) return lines
  return [`${lines[0]} … (${lines.length} lines)`]
}

/** Formats the closing table. */
export function closingTable(results: readonly ScenarioResult[]): string[] {
  const heads = ['way', 'upload', 'verified by', 'list', 'download', 'compare', 'ms']
  return renderTable(heads, results.map(rowOf))
}

function rowOf({ kind, held, verifiedBy, failed, elapsedMs }: ScenarioResult): string[] {
  const cell = (step: (typeof STEPS)[number]): string => {
    if (held.includes(step)) return 'ok'
    return failed?.step === step || (failed?.step === 'connect' && step === 'upload') ? 'FAILED' : '-'
  }
  const verified = held.includes('verify') ? (verifiedBy ?? 'ok') : cell('verify')
  return [kind, cell('upload'), verified, cell('list'), cell('download'), cell('compare'), elapsedMs.toFixed(0)]
}

/** Returns the last line: that SFTP and all five proxies succeeded, or what failed. */
export function verdict(results: readonly ScenarioResult[]): string {
  const failures = results.flatMap(({ kind, failed }) => {
    if (!failed) return []
    const reason = failed.error instanceof Error ? failed.error.message : String(failed.error)
    return [`${kind} failed at ${failed.step}: ${printable(reason)}`]
  })
  return failures.length === 0
    ? 'SFTP held. All five held.'
    : [`${failures.length} of six failed.`, ...failures].join('\n')
}
