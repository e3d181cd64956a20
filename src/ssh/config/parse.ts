import { readdir } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join } from 'node:path'
import { badArgument, type TransferError } from '../../errors.js'
import { printable } from '../../printable.js'
import { fromHome, home, isMissing, readText, reasonOf } from '../keys/files.js'
import { glob } from '../keys/known-hosts.js'
import { matchProblem } from './match.js'

/** One line of an ssh_config(5) file that says something. */
export interface ConfigLine {
  /** In lower case: 'hostname'. */
  readonly keyword: string
  readonly words: readonly string[]
  /** For messages: '/home/me/.ssh/config:12'. */
  readonly at: string
  /** The conditions of every Host and Match above it, those of the file that includes this one among them. */
  readonly under: readonly ConfigLine[]
}

/** Files within files, at most: ssh's own limit. */
const DEEPEST = 16
/** Files that one Include names, at most. */
const MOST_FILES = 256

/**
 * Reads an ssh_config(5) file and what it includes. A default file (`true`) that is missing says nothing, and one that cannot be read is
 * reported to `warn`. Rejects with `bad-argument` for a named file that cannot be read and for a line that cannot be understood.
 */
export async function readConfig(file: true | string, warn: (message: string) => void): Promise<ConfigLine[]> {
  const dir = home()
  const path = file === true ? dir && join(dir, '.ssh', 'config') : fromHome(file)
  if (path === undefined) return []
  try {
    return await linesOf(path, [], 0)
  } catch (error) {
    if (isBadArgument(error) || (file === true && isMissing(error))) {
      if (isBadArgument(error)) throw error
      return []
    }
    const text = `The SSH configuration ${path} cannot be read: ${reasonOf(error)}.`
    if (file !== true) throw badArgument(text, 'sshConfig: false reads none.')
    warn(`${text} It was passed over.`)
    return []
  }
}

function isBadArgument(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'bad-argument'
}

async function linesOf(path: string, above: readonly ConfigLine[], depth: number): Promise<ConfigLine[]> {
  if (depth > DEEPEST) throw badLine(path, `it is included more than ${DEEPEST} files deep, maybe by itself`)
  const found: ConfigLine[] = []
  let under = above
  for (const [index, text] of (await readText(path)).split(/\r?\n/).entries()) {
    const line = parseLine(text, `${path}:${index + 1}`, under)
    if (!line) continue
    if (line.keyword === 'host' || line.keyword === 'match') under = [...above, line]
    else if (line.keyword === 'include') found.push(...(await included(line, path, depth)))
    else found.push(line)
  }
  return found
}

async function included({ words, under, at }: ConfigLine, from: string, depth: number): Promise<ConfigLine[]> {
  const found: ConfigLine[] = []
  for (const word of words)
    for (const path of await filesNamed(word, from)) {
      try {
        found.push(...(await linesOf(path, under, depth + 1)))
      } catch (error) {
        if (isMissing(error)) continue // as ssh does
        if (isBadArgument(error)) throw error
        throw badArgument(
          `${at} includes ${path}, which cannot be read: ${reasonOf(error)}.`,
          'sshConfig: false reads none.',
        )
      }
    }
  return found
}

/** Resolves with the files that a word of Include names: relative ones are in ~/.ssh; '*' and '?' match in the last part only. */
async function filesNamed(word: string, from: string): Promise<string[]> {
  const expanded = fromHome(word)
  const dir = home()
  const path = isAbsolute(expanded) ? expanded : join(dir === undefined ? dirname(from) : join(dir, '.ssh'), expanded)
  if (!/[*?]/.test(path)) return [path]
  if (/[*?]/.test(dirname(path)))
    throw badArgument(`Include ${word}: '*' is followed in the last part of a path only.`, 'Name the directories.')
  const names = await readdir(dirname(path)).catch(() => [])
  const matching = names.filter((name) => !name.startsWith('.') && glob(basename(path), name)).sort()
  return matching.slice(0, MOST_FILES).map((name) => join(dirname(path), name))
}

/** Returns the error for a line that cannot be used; `at` is its file and number. */
export function badLine(at: string, what: string): TransferError {
  const hint = 'Correct it, or set sshConfig: false, which reads none.'
  return badArgument(`The SSH configuration cannot be used: ${at}: ${what}.`, hint)
}

/** Parses 'Keyword words' or 'Keyword=words'; words may be in double quotes. Returns undefined for an empty line or a comment. */
function parseLine(text: string, at: string, under: readonly ConfigLine[]): ConfigLine | undefined {
  const trimmed = text.trim()
  if (trimmed === '' || trimmed.startsWith('#')) return undefined
  const [, keyword, rest = ''] = /^([A-Za-z]\w*)(?:\s*=\s*|\s+|$)(.*)$/.exec(trimmed) ?? []
  if (keyword === undefined) throw badLine(at, `${printable(trimmed, 80)} cannot be understood`)
  const words = wordsOf(rest)
  if (words === undefined) throw badLine(at, 'a quotation mark is not closed')
  if (words.length === 0) throw badLine(at, `${keyword} has no value`)
  const problem = keyword.toLowerCase() === 'match' ? matchProblem(words) : undefined
  if (problem !== undefined) throw badLine(at, problem)
  return { keyword: keyword.toLowerCase(), words, at, under }
}

function wordsOf(text: string): string[] | undefined {
  const words: string[] = []
  const part = /\s*(?:"([^"]*)"|([^\s"]\S*))/y
  for (let found = part.exec(text); found; found = part.exec(text)) {
    if (found[2]?.startsWith('#')) return words
    words.push(found[1] ?? found[2] ?? '')
    if (part.lastIndex === text.length) return words
  }
  return text.trim() === '' ? words : undefined
}
