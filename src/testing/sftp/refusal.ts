/** The codes of section 7. */
export const STATUS = { OK: 0, EOF: 1, MISSING: 2, DENIED: 3, FAILURE: 4, BAD: 5, UNSUPPORTED: 8 } as const

/** Thrown to answer a request with a status. */
export class Refusal extends Error {
  readonly status: number

  constructor(status: number, text: string) {
    super(text)
    this.status = status
  }
}
