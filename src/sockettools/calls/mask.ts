/** Returns whether a name matches a mask, in which `*` is any run of characters and `?` is one. No mask matches every name. */
export function matches(mask: string | null, name: string): boolean {
  if (mask === null || mask === '') return true
  // The position of the last star, and how much of the name it has matched: the only place to backtrack to.
  let star = -1
  let taken = 0
  let at = 0
  let inName = 0
  while (inName < name.length) {
    if (mask[at] === '*') {
      star = at++
      taken = inName
    } else if (at < mask.length && (mask[at] === '?' || mask[at] === name[inName])) {
      at++
      inName++
    } else if (star >= 0) {
      at = star + 1
      inName = ++taken
    } else return false
  }
  while (mask[at] === '*') at++
  return at === mask.length
}
