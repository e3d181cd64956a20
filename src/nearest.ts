/** Returns the known words that a mistyped one may have meant, nearest first: at most three, each within a few edits. */
export function nearest(word: string, known: Iterable<string>): string[] {
  const wanted = word.toLowerCase()
  const reach = Math.max(1, Math.floor(word.length / 3))
  return [...known]
    .map((one) => ({
      one,
      far: one.toLowerCase().startsWith(wanted) && wanted !== '' ? 1 : distance(wanted, one.toLowerCase()),
    }))
    .filter(({ far }) => far <= reach)
    .sort((a, b) => a.far - b.far)
    .slice(0, 3)
    .map(({ one }) => one)
}

/** Returns "Did you mean 'open'?" when there is a near word, else the list of known words. */
export function suggestion(word: string, known: readonly string[]): string {
  const near = nearest(word, known)
  if (near.length > 0) return `Did you mean ${near.map((one) => `'${one}'`).join(' or ')}?`
  return `There is ${known.join(', ')}.`
}

/** Returns the number of edits (insert, delete, replace, swap two neighbours) between two words. */
function distance(a: string, b: string): number {
  let before: number[] = []
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let best = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (same ? 0 : 1))
      if (a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) best = Math.min(best, (before[j - 2] ?? best) + 1)
      next.push(best)
    }
    before = row
    row = next
  }
  return row[b.length] ?? 0
}
