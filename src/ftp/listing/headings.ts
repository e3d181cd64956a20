/** The headings and sums of one listing. */
export class Headings {
  /** The lines that come now are about another directory. */
  elsewhere = false
  readonly #dir: string | undefined
  /** A path has headed lines. */
  #headed = false
  /** Sums that came before any entry: a bare name may look the same. */
  #sums: string[] = []
  /** A line that is neither an entry nor tells of a refusal. */
  #strange = false

  constructor(dir?: string) {
    this.#dir = dir
  }

  /** Whether a line that is no entry is a heading. `settled`: entries of this listing could be read. */
  skips(line: string, settled: boolean): boolean {
    const heading = headingOf(line)
    if (heading === undefined) this.#strange ||= !REFUSAL.test(line.slice(0, MOST))
    if (heading === 'path') this.#enter(line.trimEnd().slice(0, -1), settled)
    if (heading === 'sum' && !settled) this.#sums.push(line.slice(0, MOST))
    return heading !== undefined
  }

  /** The sums that are in doubt at the end of a listing of which no line was an entry. */
  doubtful(settled: boolean): readonly string[] {
    const none = settled || (this.#sums.length < 2 && !this.#strange)
    return none ? [] : this.#sums
  }

  /** The first path is that of the directory itself; ls -R prints those of the directories in it behind it. */
  #enter(path: string, settled: boolean): void {
    const itself = path === '.' || path === this.#dir
    this.elsewhere = !itself && (this.#headed || settled)
    this.#headed = true
    this.#sums = []
  }
}

/**
 * What kind of heading or sum a line is that is no entry; undefined when it is none. 'path': a directory's name and a colon, what
 * follows is in that directory. 'sum': a word or two and a number, which is also what a bare name may look like. 'other': no name
 * looks like that. Recognized by shape, for servers print them in their own language. What tells of a refusal is never one.
 */
export function headingOf(line: string): 'path' | 'sum' | 'other' | undefined {
  if (line.length > MOST || REFUSAL.test(line)) return undefined
  if (SUM.test(line)) return 'sum'
  if (PATH.test(line)) return 'path'
  return COUNTS.test(line) || VOLUME.some((shape) => shape.test(line)) ? 'other' : undefined
}

/** Characters of the longest heading: PATH_MAX of Linux and some more. */
const MOST = 4200

const WORD = String.raw`[\p{L}\p{M}'’]{1,24}`
/** Digits in groups, as blanks, commas and dots part them; what a unit follows is rounded. */
const NUMBER = String.raw`-?\p{Nd}[\p{Nd}.,\u00a0\u202f]{0,30}`
const UNIT = `(?: ?[kKMGTPE]i?B?)?`

/** `total 12`, `Gesamt 43`, `total: 4,0K`, `总用量 43`, `total -956`. */
const SUM = new RegExp(
  String.raw`^[ \t]{0,8}(?:${WORD} ){0,1}${WORD}(?:[:：] {0,8}| {1,8})${NUMBER}${UNIT}[ \t]{0,40}$`,
  'u',
)

/** `.:`, `./sub:`, `/pub/my files:`, `sub:`. */
const PATH = /^(?:\.{0,2}\/[^:]{0,4096}|[^ \t:%<>]{1,255}):[ \t]{0,8}$/

/** `1 File(s) 5 bytes`, `2 Dir(s)  7,340,032 bytes free`, `3 Verzeichnis(se), 123.456 Bytes frei`. */
const NOUN = String.raw`${WORD}(?:\(${WORD}\))?`
const AND_MORE = `[,:]? {1,40}${NUMBER} {1,4}${NOUN}(?: ${NOUN}){0,2}`
const COUNTS = new RegExp(
  `^(?:[ \\t]{0,40}${NUMBER} {1,4}(?:${NOUN}${AND_MORE}|${WORD}\\(${WORD}\\))|[ \\t]{2,40}${NUMBER} {1,4}${WORD})[.]?[ \\t]{0,8}$`,
  'u',
)

/** What DIR of Windows prints before the first entry: the volume, its number, and the directory, each a sentence that ends so. */
const VOLUME: readonly RegExp[] = [
  new RegExp(String.raw`^ {0,4}(?:${WORD} ){1,5}[A-Z]:?(?: ${WORD}){1,3}(?: [^:]{1,40})?\.?$`, 'u'),
  new RegExp(`^ {0,4}(?:${WORD} ){0,5}${WORD}:? [0-9A-F]{4}-[0-9A-F]{4}$`, 'u'),
  new RegExp(`^ {0,4}(?:${WORD} ){1,3}[A-Za-z]:\\\\[^:]{0,4096}$`, 'u'),
  /^ {0,4}Directory of [^:]{1,4096}$/,
]

/** Words with which servers say that something could not be read. */
const REFUSAL =
  /denied|cannot|can't|can’t|unable|fail|error|no such|not (?:found|permitted|allowed|a directory|accessible|authori[sz]ed)|refus|privilege|invalid|forbidden|permission|insufficient|unavailable|zugriff|verweigert|acc[eèé]s|denegad|permis|negado|negato|impossible|impossibile|odmow|brak|отказано|ошибка|拒绝|拒否|権限|%[A-Z]|(?<! [A-Z]):[ \t]+[^\d\s-]/iu
