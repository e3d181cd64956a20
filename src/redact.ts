/** What stands in place of a secret wherever text leaves the house. */
export const MASK = '****'

/** Values shorter than this are masked only where they were put, never searched for: one-letter passwords would blank every text. */
const SHORTEST = 3

/**
 * Knows the secrets of one connection and hides them by value, whatever verb carried them and in whichever reply, error or
 * event they come back.
 */
export class Redactor {
  /** The longest first, so that one that is part of another leaves nothing of it. */
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
