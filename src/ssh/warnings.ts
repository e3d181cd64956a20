import { type Observer, quietObserver } from '../events.js'

/** Reports a warning; without an observer it goes to process.emitWarning(). */
export function warn(observe: Observer | undefined, code: string, message: string): void {
  if (observe) quietObserver(observe)({ type: 'warning', code, message })
  else process.emitWarning(message, 'SallyportWarning')
}

/** Reports default files that could not be read. */
export function warnOfSkipped(observe: Observer | undefined, skipped: readonly string[]): void {
  for (const message of skipped) warn(observe, 'ssh-file-skipped', message)
}
