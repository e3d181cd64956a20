/**
 * Returns a peer's text made safe for a terminal, a log or an error: control characters (C0, DEL, C1), bidirectional overrides and
 * undecodable bytes become `\xNN` or `\u{…}`.
 *
 * @param max - Characters to keep at most; an ellipsis follows what is cut. Defaults to all.
 */
export function printable(text: string, max = Number.POSITIVE_INFINITY): string {
  let shown = ''
  for (const char of text) {
    const next = UNPRINTABLE.test(char) ? escaped(char.codePointAt(0) ?? 0) : char
    if (shown.length + next.length > max) return `${shown}…`
    shown += next
  }
  return shown
}

/** Controls, line and paragraph separators, bidirectional marks, lone surrogates (among them the undecodable bytes). */
const UNPRINTABLE = /[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]/u

function escaped(code: number): string {
  const byte = code >= 0xdc80 && code <= 0xdcff ? code - 0xdc00 : code
  const hex = byte.toString(16).toUpperCase()
  return byte <= 0xff ? `\\x${hex.padStart(2, '0')}` : `\\u{${hex}}`
}
