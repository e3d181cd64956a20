import { printable, type TransferEvent } from '../../index.js'

/** Returns the lines that -v prints for an event; none for most. Secrets are masked in the events already. */
export function wireLines(event: TransferEvent): string[] {
  switch (event.type) {
    case 'connecting':
      return [
        `* connecting to ${printable(event.host)}:${event.port}${event.via === 'direct' ? '' : ` via ${printable(event.via)}`}`,
      ]
    case 'connected':
      return [`* connected to ${printable(event.address)}`]
    case 'command':
      return [`${numbered(event.session)}> ${printable(event.text)}`]
    case 'reply':
      return replyLines(event).map((line) => `${numbered(event.session)}< ${printable(line)}`)
    case 'data-open':
      return [`${numbered(event.session)}* ${event.mode} data connection: ${printable(event.address)}`]
    case 'secured':
      return [`${numbered(event.session)}* TLS on the ${event.channel} connection${event.reused ? ' (resumed)' : ''}`]
    case 'verified':
      return [`* verified by ${printable(event.method)}: ${printable(event.path)}`]
    case 'retry':
      return [`* try ${event.attempt} after ${event.delayMs} ms: ${printable(event.error.message)}`]
    case 'learned':
      return [`* learned: ${printable(event.text)}`]
    case 'closed':
      return [`${numbered(event.session)}* closed: ${printable(event.reason)}`]
    default:
      return []
  }
}

/** Numbers the session from the second on: most command lines use only one. */
function numbered(session: number): string {
  return session === 1 ? '' : `[${session}] `
}

/** Formats a reply as on the wire: its code in front of the first and the last line (RFC 959 section 4.2); code 0 is text before the greeting. */
export function replyLines({ code, lines }: { readonly code: number; readonly lines: readonly string[] }): string[] {
  if (code === 0) return [...lines]
  const last = lines.length - 1
  return lines.map((line, at) => (at === last ? `${code} ${line}` : at === 0 ? `${code}-${line}` : line))
}
