/** What stands in place of a secret wherever text leaves the house. */
export const MASK = '****'

/** Values shorter than this are masked only where they were put, never searched for: one-letter passwords would blank every text. */
const SHORTEST = 3

/**
 * Knows the secrets of one connection and hides them by value, whatever verb carried them and in whichever reply, error or
 * event they come back.
 */
export class Redactor {
  readonly #secrets = new Set<string>()

  add(...secrets: readonly (string | undefined)[]): void {
    for (const secret of secrets) {
      if (secret === undefined || secret.length < SHORTEST) continue
      this.#secrets.add(secret)
      const encoded = encodeURIComponent(secret.toWellFormed())
      if (encoded !== secret) this.#secrets.add(encoded)
    }
  }

  mask(text: string): string {
    let masked = text
    for (const secret of [...this.#secrets].sort((a, b) => b.length - a.length))
      masked = masked.replaceAll(secret, MASK)
    return masked
  }
}
