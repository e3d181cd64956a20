import assert from 'node:assert/strict'
import { existsSync, readdirSync, readlinkSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import {
  type ConnectOptions,
  connect,
  type Entry,
  type ErrorCode,
  type Phase,
  type Remote,
  TransferError,
  type TransferEvent,
} from '../../src/index.js'
import type { TestProxy, TestServer } from '../../src/testing/index.js'
import { type ProxyOptions, type ServerOptions, startProxy, startServer } from '../../src/testing/index.js'

/** Small enough that a fault is over soon, wide enough that a loaded machine stays below them when nothing is wrong. */
export const FAST = { connect: 500, reply: 500, idle: 500, confirm: 1_000 } as const

/** Unlike any other word, so that masking it by value masks nothing else. */
export const PASSWORD = 'sesame-7'

/** Everything of one test: what it opens here is closed at its end, and then nothing may be left in this process. */
export interface Scene {
  /** A directory of this test's own. */
  readonly dir: string
  at(name: string): string
  server(options?: ServerOptions): Promise<TestServer>
  proxy(options: ProxyOptions): Promise<TestProxy>
  /** Logs in as demo with short time limits. */
  connect(to: string | TestServer, options?: ConnectOptions): Promise<Remote>
  /** Closed at the end, before the temporary directory is removed. */
  keep<T extends { close(): unknown }>(thing: T): T
}

/** Declares a test. After it: no session on any server of it, and no socket, timer, listener or file open that was not before. */
export function scene(name: string, work: (scene: Scene) => Promise<void>, limit = 60_000): void {
  it(name, { timeout: limit }, async () => {
    const before = resources()
    const dir = await mkdtemp(join(tmpdir(), 'sallyport-wire-'))
    const servers: TestServer[] = []
    const open: { close(): unknown }[] = []
    const remotes: Remote[] = []
    const keep = <T extends { close(): unknown }>(thing: T): T => {
      open.push(thing)
      return thing
    }
    const stage: Scene = {
      dir,
      at: (file) => join(dir, file),
      keep,
      async server(options) {
        const server = keep(await startServer({ users: { demo: PASSWORD }, ...options }))
        servers.push(server)
        return server
      },
      proxy: async (options) => keep(await startProxy(options)),
      async connect(to, options) {
        const url = typeof to === 'string' ? to : to.url
        const remote = await connect(url, { user: 'demo', password: PASSWORD, timeouts: FAST, ...options })
        remotes.push(remote)
        return remote
      },
    }
    try {
      await work(stage)
    } finally {
      await Promise.all(remotes.map((remote) => remote.close()))
      await until(() => servers.every((server) => server.sessions === 0), 'every control connection has ended')
      for (const thing of open.reverse()) await thing.close()
      await rm(dir, { recursive: true, force: true })
    }
    let after = resources()
    await until(() => {
      after = resources()
      return Object.entries(after).every(([what, count]) => count <= (before[what] ?? 0))
    }, 'nothing is left open').catch(() => assert.deepEqual(after, before))
  })
}

/** What keeps this process busy, by kind, and its open descriptors. */
function resources(): Record<string, number> {
  const count: Record<string, number> = {}
  for (const kind of process.getActiveResourcesInfo()) {
    // Requests that are answered within a turn; node:test itself has some.
    if (!/Timeout|TCP|Pipe|TLS|UDP|Dir/.test(kind)) continue
    count[kind] = (count[kind] ?? 0) + 1
  }
  if (existsSync('/proc/self/fd')) count['descriptors'] = readdirSync('/proc/self/fd').filter(isOurs).length
  return count
}

/** Not libuv's spare one, a /dev/null that it opens once with the first server, nor the one that reads this very list. */
function isOurs(descriptor: string): boolean {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`) !== '/dev/null'
  } catch {
    return false
  }
}

/** Waits, turn by turn, for something that is to come by itself; fails when it does not within some seconds. */
export async function until(holds: () => boolean, what: string): Promise<void> {
  for (let turn = 0; turn < 1_000; turn++) {
    if (holds()) return
    await pause(turn < 50 ? 0 : 5)
  }
  assert.fail(`this never came true: ${what}`)
}

export interface Expected {
  readonly code: ErrorCode | readonly ErrorCode[]
  readonly phase?: Phase | readonly Phase[]
  readonly message?: RegExp
  readonly hint?: RegExp
  /** Milliseconds by which it must be there; ten times what the limits add up to. */
  readonly within?: number
}

/** The one TransferError that a call throws, compared with what was promised. */
export async function fails(call: Promise<unknown>, expected: Expected): Promise<TransferError> {
  const began = performance.now()
  const thrown: unknown = await call.then(
    (value) => assert.fail(`it succeeded: ${JSON.stringify(value)}`),
    (error: unknown) => error,
  )
  const took = performance.now() - began
  if (thrown instanceof assert.AssertionError) throw thrown
  assert.ok(thrown instanceof TransferError, `not a TransferError: ${String(thrown)}`)
  const said = `${thrown.code}/${thrown.phase}: ${thrown.message} | ${thrown.hint}`
  assert.ok([expected.code].flat().includes(thrown.code), said)
  if (expected.phase) assert.ok([expected.phase].flat().includes(thrown.phase), said)
  if (expected.message) assert.match(thrown.message, expected.message)
  if (expected.hint) assert.match(thrown.hint ?? '', expected.hint)
  assert.ok(took < (expected.within ?? 20_000), `${said} came only after ${Math.round(took)} ms`)
  return thrown
}

/** Names in a local directory, sorted. */
export async function namesIn(dir: string): Promise<string[]> {
  return (await readdir(dir)).sort()
}

/** The content of a file of an embedded server, or undefined. */
export async function contentOf(server: TestServer, path: string): Promise<Buffer | undefined> {
  if (!(await server.store.stat(path))) return undefined
  const source = await server.store.read(path)
  const parts: Uint8Array[] = []
  for (;;) {
    const next = await source.next()
    if ('integrity' in next) return Buffer.concat(parts)
    parts.push(...next.chunks.map((chunk) => Buffer.from(chunk)))
    next.release()
  }
}

/** Bytes that look like no others, the same each time. */
export function sample(length: number, seed = 1): Buffer {
  const random = randomOf(seed)
  return Buffer.from(Array.from({ length }, () => Math.floor(random() * 256)))
}

/** Numbers from 0 to 1, the same row for the same seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Verbs of the commands that a server got, from the given one on. */
export function verbs(server: { readonly commands: readonly string[] }, from = 0): string[] {
  return server.commands.slice(from).map((line) => line.split(' ')[0] ?? '')
}

/** Collects events. */
export function listener(): { readonly events: TransferEvent[]; readonly observe: (event: TransferEvent) => void } {
  const events: TransferEvent[] = []
  return { events, observe: (event) => void events.push(event) }
}

/** A listing read to its end. */
export async function entriesOf(listing: AsyncIterable<Entry>): Promise<Entry[]> {
  const entries: Entry[] = []
  for await (const entry of listing) entries.push(entry)
  return entries
}

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** Bytes that this process holds on to once the garbage is collected: heap and buffers. */
export function held(): number {
  collectGarbage()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
