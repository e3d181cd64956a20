import type { Observer, TransferEvent } from '../../../events.js'
import type { LearnedFact } from '../../../learned.js'

/** What happened, with the time of each event, and handed on to the caller's own observer. */
export class Journal {
  readonly #events: { readonly at: number; readonly event: TransferEvent }[] = []
  readonly #next: Observer | undefined

  constructor(next: Observer | undefined) {
    this.#next = next
  }

  readonly observe: Observer = (event) => {
    if (KEPT.includes(event.type)) this.#events.push({ at: performance.now(), event })
    this.#next?.(event)
  }

  /** The first event of a type that fits, from a time on. */
  first<T extends TransferEvent['type']>(
    type: T,
    fits: (event: Extract<TransferEvent, { type: T }>) => boolean = () => true,
    from = 0,
  ): { readonly at: number; readonly event: Extract<TransferEvent, { type: T }> } | undefined {
    for (const { at, event } of this.#events) {
      if (at >= from && isOf(event, type) && fits(event)) return { at, event }
    }
    return undefined
  }

  /** What was answered to the last command of this text. */
  answerTo(command: string): { readonly code: number; readonly text: string } | undefined {
    const at = this.#events.findLastIndex(({ event }) => event.type === 'command' && event.text === command)
    const answer = this.#events.slice(at + 1).find(({ event }) => event.type === 'reply')?.event
    return at >= 0 && answer?.type === 'reply' ? { code: answer.code, text: answer.lines.join(' / ') } : undefined
  }

  /** What was found out about the server. */
  get learned(): readonly LearnedFact[] {
    return this.#events.flatMap(({ event }) =>
      event.type === 'learned' ? [{ name: event.name, text: event.text }] : [],
    )
  }

  /** The way to open a passive data connection that was asked for last. */
  get lastPassive(): string | undefined {
    const asked = this.#events.findLast(({ event }) => event.type === 'command' && /^(?:EPSV|PASV)$/.test(event.text))
    return asked?.event.type === 'command' ? asked.event.text : undefined
  }
}

const KEPT: readonly TransferEvent['type'][] = ['connecting', 'connected', 'command', 'reply', 'learned']

function isOf<T extends TransferEvent['type']>(
  event: TransferEvent,
  type: T,
): event is Extract<TransferEvent, { type: T }> {
  return event.type === type
}
