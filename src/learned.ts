import type { Observer } from './events.js'

/** Something that a connection has found out about its server. */
export interface LearnedFact {
  /** A stable name, such as 'fstat-refused'. */
  readonly name: string
  /** One sentence for people: what the server does, and what is done about it. */
  readonly text: string
}

/**
 * What was found out about a server while working with it. All sessions of one remote share one of these, so that what one of them
 * met is not tried again by the others. `Name` is the union of the protocol's facts.
 */
export class Learned<Name extends string = string> {
  readonly #texts: Readonly<Record<Name, string>>
  readonly #observe: Observer
  readonly #known = new Set<Name>()

  /** `texts`: the sentence of each fact. `observe` gets a `learned` event for each fact, once. */
  constructor(texts: Readonly<Record<Name, string>>, observe: Observer) {
    this.#texts = texts
    this.#observe = observe
  }

  has(name: Name): boolean {
    return this.#known.has(name)
  }

  /** Keeps a fact for the rest of the connection. A fact that is known already is not told again. */
  learn(name: Name): void {
    if (this.#known.has(name)) return
    this.#known.add(name)
    this.#observe({ type: 'learned', name, text: this.#texts[name] })
  }

  /** Everything learned so far, in the order in which it was. */
  get facts(): readonly LearnedFact[] {
    return [...this.#known].map((name) => ({ name, text: this.#texts[name] }))
  }
}
