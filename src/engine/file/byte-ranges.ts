/** Bytes from the first up to, not including, the second. */
export type Span = readonly [from: number, to: number]

/** Bytes that one session downloads. Everything before `at` is stored. */
export interface Part {
  readonly from: number
  readonly to: number
  at: number
}

/** A smaller part is not worth a session of its own, in bytes. */
export const MIN_PART_SIZE = 4 * 1024 * 1024

/** Returns the spans in order, adjacent ones joined. */
export function joined(spans: readonly Span[]): Span[] {
  const result: [number, number][] = []
  for (const [from, to] of [...spans].filter(([from, to]) => to > from).sort(([a], [b]) => a - b)) {
    const last = result.at(-1)
    if (last && from <= last[1]) last[1] = Math.max(last[1], to)
    else result.push([from, to])
  }
  return result
}

/** Returns the missing spans between 0 and `size`. */
export function holesIn(landed: readonly Span[], size: number): Span[] {
  const edges = [0, ...joined(landed).flat(), size]
  const holes: Span[] = []
  for (let at = 0; at < edges.length; at += 2) {
    const [from = 0, to = 0] = edges.slice(at, at + 2)
    if (to > from) holes.push([from, to])
  }
  return holes
}

/** How the missing bytes are divided: the number of parts, and the fewest bytes of one. */
export interface Division {
  readonly count: number
  readonly smallest?: number
}

/** Returns the missing bytes as parts of similar size: `count`, or fewer where they would be too small, or as many as there are holes. */
export function partsOf(size: number, landed: readonly Span[], division: Division): Part[] {
  const { count, smallest = MIN_PART_SIZE } = division
  const holes = holesIn(landed, size).map((span) => ({ span, parts: 1 }))
  for (let more = count - holes.length; more > 0; more--) {
    const coarsest = holes.reduce((one, other) => (share(other) > share(one) ? other : one), holes[0] ?? NO_HOLE)
    if (lengthOf(coarsest.span) < smallest * (coarsest.parts + 1)) break
    coarsest.parts++
  }
  return holes.flatMap(({ span, parts }) => divided(span, parts))
}

interface Hole {
  readonly span: Span
  parts: number
}

const NO_HOLE: Hole = { span: [0, 0], parts: 1 }

function share({ span, parts }: Hole): number {
  return lengthOf(span) / parts
}

function divided([from, to]: Span, count: number): Part[] {
  const edge = (number: number): number => from + Math.floor(((to - from) * number) / count)
  return Array.from({ length: count }, (_, at) => ({ from: edge(at), to: edge(at + 1), at: edge(at) }))
}

function lengthOf([from, to]: Span): number {
  return to - from
}

/** Returns the number of bytes from the first on without a hole. */
export function prefixOf(spans: readonly Span[]): number {
  const [first] = joined(spans)
  return first?.[0] === 0 ? first[1] : 0
}

export function sumOf(spans: readonly Span[]): number {
  return joined(spans).reduce((sum, span) => sum + lengthOf(span), 0)
}

/** Returns whether a span is covered by the others. */
export function covers(spans: readonly Span[], [from, to]: Span): boolean {
  return from === to || joined(spans).some((span) => span[0] <= from && to <= span[1])
}

/** Parts that wait for a session, in order, and the number of active ones. */
export class PartQueue {
  readonly #waiting: Part[]
  #taken = 0
  #wake: (() => void)[] = []

  constructor(parts: readonly Part[]) {
    this.#waiting = [...parts]
  }

  /** Whether no part waits or is active. */
  get empty(): boolean {
    return this.#waiting.length + this.#taken === 0
  }

  /** Resolves with true when a part waits, with false when none will any more. */
  async some(): Promise<boolean> {
    while (this.#waiting.length === 0 && this.#taken > 0) await new Promise<void>((wake) => this.#wake.push(wake))
    return this.#waiting.length > 0
  }

  /** Returns the first part; the caller must call end() or giveBack(). Returns undefined when another worker has taken it. */
  take(): Part | undefined {
    const part = this.#waiting.shift()
    if (part) this.#taken++
    return part
  }

  /** Marks the part as complete. */
  end(): void {
    this.#taken--
    this.#tell()
  }

  /** Returns the rest of a part to the queue, for the next free session. */
  giveBack(part: Part): void {
    this.#waiting.unshift(part)
    this.end()
  }

  #tell(): void {
    for (const wake of this.#wake.splice(0)) wake()
  }
}
