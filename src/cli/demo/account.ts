import { printable, type TransferEvent } from '../../index.js'
import { renderTable } from '../report/render.js'
import { replyLines } from '../report/wire-log.js'
import type { PARTS, Passage } from './passage.js'

/** Columns of the left half, where the commands stand. */
const LEFT = 46
/** More lines of one reply than this are counted instead of shown. */
const MOST_LINES = 2

/** The conversation as the client saw it: what it sent on the left, what it heard on the right. */
export function conversation(events: readonly TransferEvent[]): string[] {
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
  if (lines.length <= MOST_LINES) return lines
  return [`${lines[0]} … (${lines.length} lines)`]
}

/** The closing table. */
export function closingTable(passages: readonly Passage[]): string[] {
  const heads = ['way', 'upload', 'verified by', 'list', 'download', 'compare', 'ms']
  return renderTable(heads, passages.map(rowOf))
}

function rowOf({ kind, held, verifiedBy, failed, elapsedMs }: Passage): string[] {
  const cell = (part: (typeof PARTS)[number]): string => {
    if (held.includes(part)) return 'ok'
    return failed?.part === part || (failed?.part === 'connect' && part === 'upload') ? 'FAILED' : '-'
  }
  const verified = held.includes('verify') ? (verifiedBy ?? 'ok') : cell('verify')
  return [kind, cell('upload'), verified, cell('list'), cell('download'), cell('compare'), elapsedMs.toFixed(0)]
}

/** The last line: that SFTP and all five proxies held, or what did not. */
export function verdict(passages: readonly Passage[]): string {
  const failures = passages.flatMap(({ kind, failed }) => {
    if (!failed) return []
    const reason = failed.error instanceof Error ? failed.error.message : String(failed.error)
    return [`${kind} failed at ${failed.part}: ${printable(reason)}`]
  })
  return failures.length === 0
    ? 'SFTP held. All five held.'
    : [`${failures.length} of six failed.`, ...failures].join('\n')
}
