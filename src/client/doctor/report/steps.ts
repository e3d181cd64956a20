import { asTransferError, type TransferError, throwIfAborted } from '../../../errors.js'
import { printable } from '../../../printable.js'

/** The steps of a diagnosis, in their usual order. */
export type StepName =
  | 'name'
  | 'connect'
  | 'greeting'
  | 'host-key'
  | 'tls'
  | 'proxy'
  | 'login'
  | 'features'
  | 'epsv'
  | 'pasv'
  | 'active'
  | 'data'
  | 'keep-alive'
  | 'verification'

/** `'warn'`: it does not work, but what was asked for works without it; `'fail'`: what was asked for does not work. */
export type Outcome = 'ok' | 'warn' | 'fail' | 'skipped'

/** One step of a diagnosis. */
export interface DiagnosisStep {
  /** What was looked at. */
  readonly name: StepName
  /** How it went. */
  readonly outcome: Outcome
  /** Milliseconds it took; 0 when it was skipped. */
  readonly ms: number
  /** What was found, in one sentence. */
  readonly sentence: string
  /** It was not tried at all: a step before it failed, or it needs a login. Absent where it was left out for another reason. */
  readonly skipped?: true
  /** Why it does not work. */
  readonly error?: TransferError
}

export type Finding = Pick<DiagnosisStep, 'outcome' | 'sentence' | 'skipped' | 'error'>

/** The steps of one diagnosis, told as they are made. */
export class Steps {
  readonly made: DiagnosisStep[] = []
  readonly #tell: (step: DiagnosisStep) => void
  readonly #signal: AbortSignal | undefined

  constructor(tell: ((step: DiagnosisStep) => void) | undefined, signal: AbortSignal | undefined) {
    this.#tell = tell ?? (() => {})
    this.#signal = signal
  }

  /** The first step that failed. */
  get failed(): DiagnosisStep | undefined {
    return this.made.find(({ outcome }) => outcome === 'fail')
  }

  add(name: StepName, ms: number, finding: Finding): void {
    const { outcome, ...found } = finding
    const step = { name, outcome, ms: Math.max(0, Math.round(ms)), ...found }
    this.made.push(step)
    this.#tell(step)
  }

  /** Leaves steps out that were not asked for, or cannot be taken here. */
  skip(names: readonly StepName[], sentence: string): void {
    for (const name of names) this.add(name, 0, { outcome: 'skipped', sentence })
  }

  /** Leaves steps out that what went before does not allow. */
  notTried(names: readonly StepName[], why = 'a step before it failed'): void {
    const sentence = `Not tried: ${why}.`
    for (const name of names) this.add(name, 0, { outcome: 'skipped', sentence, skipped: true })
  }

  /** Takes one step. What it throws is its finding, with the outcome `thrown`; only the caller's cancelling ends the diagnosis. */
  async take(name: StepName, thrown: 'warn' | 'fail', work: () => Promise<Finding>): Promise<void> {
    throwIfAborted(this.#signal, 'command')
    const began = performance.now()
    let finding: Finding
    try {
      finding = await work()
    } catch (cause) {
      throwIfAborted(this.#signal, 'command')
      finding = wrong(thrown, cause)
    }
    this.add(name, performance.now() - began, finding)
  }
}

export function fine(sentence: string): Finding {
  return { outcome: 'ok', sentence }
}

/** The finding for something thrown. */
export function wrong(outcome: 'warn' | 'fail', cause: unknown): Finding {
  const error = asTransferError(cause, { code: 'protocol', phase: 'command' })
  return { outcome, sentence: ended(printable(error.message, 600)), error }
}

/** A text that quotes a server may end without a full stop. */
function ended(text: string): string {
  return /[.!?"]$/.test(text) ? text : `${text}.`
}
