/** Replaces a secret in events, errors and logs. */
export const MASK = '****'

/** Values shorter than this are masked only where they were sent, never searched for: one-letter passwords would mask every text. */
const SHORTEST = 3

/**
 * Holds the secrets of one connection and masks them by value, whatever command they were sent with and whichever reply, error or
 * event contains them.
 */
export class Redactor {
  /** Longest first, so that a secret that contains another is masked whole. */
  #secrets: readonly string[] = []

  add(...secrets: readonly (string | undefined)[]): void {
    const known = new Set(this.#secrets)
    for (const secret of secrets) {
      if (secret === undefined || secret.length < SHORTEST) continue
      known.add(secret).add(encodeURIComponent(secret.toWellFormed()))
    }
    this.#secrets = [...known].sort((a, b) => b.length - a.length)
  }

  mask(text: string): string {
    let masked = text
    for (const secret of this.#secrets) if (masked.includes(secret)) masked = masked.replaceAll(secret, MASK)
    return masked
  }
}
