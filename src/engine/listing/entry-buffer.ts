import { randomBytes } from 'node:crypto'
import { type FileHandle, open, unlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Entry } from '../../store.js'

const IN_MEMORY = 1_000
const BATCH = 64 * 1024

/** Entries in order: the first ones in memory, the rest in a temporary file that only this process can name. */
export class EntryBuffer {
  readonly #dir: string
  #first: Entry[] = []
  #taken = 0
  #pending: string[] = []
  #pendingLength = 0
  #file: { readonly handle: FileHandle; readonly path: string } | undefined
  #lines: AsyncGenerator<string> | undefined

  /** `dir`: directory of the temporary file; defaults to the system's. */
  constructor(dir: string = tmpdir()) {
    this.#dir = dir
  }

  async add(entry: Entry): Promise<void> {
    if (!this.#file && this.#first.length < IN_MEMORY) {
      this.#first.push(entry)
      return
    }
    const line = `${JSON.stringify(entry)}\n`
    this.#pending.push(line)
    this.#pendingLength += line.length
    this.#file ??= await this.#openFile()
    if (this.#pendingLength >= BATCH) await this.#flush()
  }

  /** Resolves with the next entry in order; with undefined at the end. Nothing may be added afterwards. */
  async take(): Promise<Entry | undefined> {
    const first = this.#first[this.#taken]
    if (first) {
      this.#taken++
      return first
    }
    this.#first = []
    if (!this.#file) return undefined
    await this.#flush()
    this.#lines ??= linesOf(this.#file.handle)
    const next = await this.#lines.next()
    return next.done ? undefined : revive(next.value)
  }

  /** Removes the temporary file. Safe to call twice. */
  async close(): Promise<void> {
    const file = this.#file
    this.#file = undefined
    this.#first = []
    this.#pending = []
    if (!file) return
    await file.handle.close().catch(() => {})
    await unlink(file.path).catch(() => {})
  }

  async #openFile(): Promise<{ handle: FileHandle; path: string }> {
    const path = join(this.#dir, `sallyport-${randomBytes(12).toString('hex')}.jsonl`)
    return { handle: await open(path, 'wx+', 0o600), path }
  }

  async #flush(): Promise<void> {
    if (!this.#file || this.#pending.length === 0) return
    const text = this.#pending.join('')
    this.#pending = []
    this.#pendingLength = 0
    await this.#file.handle.appendFile(text)
  }
}

/** Splits at LF only: readline also splits at U+2028, which JSON leaves as it is inside names. */
async function* linesOf(handle: FileHandle): AsyncGenerator<string> {
  const buffer = Buffer.alloc(BATCH)
  let rest: Buffer = Buffer.alloc(0)
  let at = 0
  for (;;) {
    const { bytesRead } = await handle.read(buffer, 0, BATCH, at)
    if (bytesRead === 0) return
    at += bytesRead
    let text = Buffer.concat([rest, buffer.subarray(0, bytesRead)])
    for (let end = text.indexOf(10); end >= 0; end = text.indexOf(10)) {
      yield text.toString('utf8', 0, end)
      text = text.subarray(end + 1)
    }
    rest = text
  }
}

function revive(line: string): Entry {
  const { modified, ...entry } = JSON.parse(line) as Omit<Entry, 'modified'> & { modified?: string | null }
  return typeof modified === 'string' ? { ...entry, modified: new Date(modified) } : entry
}
