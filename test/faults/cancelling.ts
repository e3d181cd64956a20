import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ConnectOptions, connect, type Remote, TransferError, type TransferEvent } from '../../src/index.js'
import { bytesOf } from '../conformance/bytes.js'
import { entriesOf, randomOf } from '../wire/scene.js'

export interface Series {
  readonly url: string
  readonly options: ConnectOptions
  /** A directory of ours on the server, which may not be there yet. */
  readonly path: string
  /** Calls that are cancelled before they are over. */
  readonly times: number
  readonly seed: number
}

const BIG = bytesOf(1_000_000, 1)
const SMALL = bytesOf(700, 2)
const OLD = bytesOf(5_000, 3)
const NAMES = Array.from({ length: 15 }, (_, at) => `file-${at}`)
const LONG = 20_000

/** The remote that is cancelled, what it says, and a place for files. */
interface Stage {
  readonly remote: Remote
  readonly path: string
  readonly dir: string
  readonly pulse: Pulse
}

/** Counts what happens on the wire, so that a moment can be chosen by it. */
class Pulse {
  events = 0
  sessions = 0
  #due: { at: number; run: () => void } | undefined

  readonly observe = (event: TransferEvent): void => {
    if (event.type === 'connected') this.sessions++
    this.events++
    if (this.#due && this.events >= this.#due.at) {
      const { run } = this.#due
      this.#due = undefined
      run()
    }
  }

  /** Fires at the event that comes after so many others, and then so many turns of the loop later. */
  after(events: number, turns: number): AbortSignal {
    const stop = new AbortController()
    let left = turns
    const turn = (): void => {
      if (left-- > 0) setImmediate(turn)
      else stop.abort(new Error('changed my mind'))
    }
    if (events === 0) turn()
    else this.#due = { at: this.events + events, run: turn }
    return stop.signal
  }

  forget(): void {
    this.#due = undefined
  }
}

type Call = (stage: Stage, signal: AbortSignal) => Promise<unknown>

const CALLS: Readonly<Record<string, Call>> = {
  stat: ({ remote, path }, signal) => remote.stat(`${path}/big`, { signal }),
  list: ({ remote, path }, signal) => entriesOf(remote.list(`${path}/many`, { signal })),
  readFile: ({ remote, path }, signal) => remote.readFile(`${path}/big`, { signal }),
  range: ({ remote, path }, signal) => remote.readFile(`${path}/big`, { from: 100_000, to: 700_000, signal }),
  download: ({ remote, path, dir }, signal) => remote.download(`${path}/big`, join(dir, 'big'), { signal }),
  tree: ({ remote, path, dir }, signal) =>
    remote.download(`${path}/many`, join(dir, 'many'), { recursive: true, signal }),
  upload: ({ remote, path }, signal) => remote.upload(BIG, `${path}/up`, { signal }),
  'upload of a file': ({ remote, path, dir }, signal) => remote.upload(join(dir, 'source'), `${path}/up`, { signal }),
}

/** Calls whose answer shows at once when replies are taken for those of another call. */
const CHECKS: readonly ((stage: Stage) => Promise<void>)[] = [
  async ({ remote, path }) => assert.equal((await remote.stat(`${path}/many/file-3`))?.size, SMALL.length),
  async ({ remote, path }) => assert.ok(SMALL.equals(await remote.readFile(`${path}/many/file-7`))),
  async ({ remote, path }) => {
    const names = (await entriesOf(remote.list(`${path}/many`))).map(({ name }) => name).sort()
    assert.deepEqual(names, [...NAMES].sort())
  },
  async ({ remote, path }) => assert.equal(await remote.exists(`${path}/none`), false),
  async ({ remote, path }) => {
    await remote.writeFile(`${path}/note`, SMALL)
    assert.ok(SMALL.equals(await remote.readFile(`${path}/note`)))
  },
]

/** What was found, for a report. */
export interface Tally {
  readonly cancelled: number
  readonly finished: number
  readonly sessions: number
}

/**
 * Cancels calls of all kinds at random moments, each followed by a call whose answer is known: it has to be right every time. A file
 * under a final name is the old one or the new one.
 */
export async function cancelSeries(series: Series): Promise<Tally> {
  const dir = await mkdtemp(join(tmpdir(), 'sallyport-cancel-'))
  const pulse = new Pulse()
  const timeouts = { connect: LONG, reply: LONG, idle: LONG, confirm: LONG }
  const remote = await connect(series.url, { timeouts, ...series.options, observe: pulse.observe })
  const stage: Stage = { remote, path: series.path, dir, pulse }
  try {
    await fill(stage)
    const lengths = await lengthsOf(stage)
    return await rounds(stage, lengths, series)
  } finally {
    await remote.close()
    await rm(dir, { recursive: true, force: true })
  }
}

async function fill({ remote, path, dir }: Stage): Promise<void> {
  await remote.makeDir(`${path}/many`, { recursive: true })
  await mkdir(join(dir, 'near'))
  for (const name of NAMES) await writeFile(join(dir, 'near', name), SMALL)
  await remote.upload(join(dir, 'near'), `${path}/many`, { recursive: true })
  await rm(join(dir, 'near'), { recursive: true })
  await remote.upload(BIG, `${path}/big`)
  await remote.upload(OLD, `${path}/up`)
  await writeFile(join(dir, 'source'), BIG)
}

/** How many events each call has when it is left alone. */
async function lengthsOf(stage: Stage): Promise<Readonly<Record<string, number>>> {
  const lengths: Record<string, number> = {}
  for (const [name, call] of Object.entries(CALLS)) {
    const before = stage.pulse.events
    await call(stage, new AbortController().signal)
    lengths[name] = stage.pulse.events - before
  }
  return lengths
}

async function rounds(
  stage: Stage,
  lengths: Readonly<Record<string, number>>,
  { times, seed }: Series,
): Promise<Tally> {
  const random = randomOf(seed)
  const pick = (limit: number): number => Math.floor(random() * limit)
  const sum = { cancelled: 0, finished: 0 }
  const names = Object.keys(CALLS)
  let hints = ''
  for (let round = 0; sum.cancelled < times; round++) {
    const name = names[pick(names.length)] ?? ''
    const [events, turns, check] = [pick(lengths[name] ?? 1), pick(6) ** 2, pick(CHECKS.length)]
    const where = `round ${round}: ${name}, ${events} events and ${turns} turns after its start; then check ${check}`
    const outcome = await cancelled(stage, name, stage.pulse.after(events, turns), where)
    sum[outcome === undefined ? 'finished' : 'cancelled']++
    hints += outcome ?? ''
    await within(`${where}: the next call`, async () => await CHECKS[check]?.(stage))
    if (name.startsWith('upload')) await within(where, () => targetIsWhole(stage))
    assert.deepEqual((await readdir(stage.dir)).filter(isPartial), [], where)
  }
  const left = (await entriesOf(stage.remote.list(stage.path))).map((entry) => entry.name).filter(isPartial)
  assert.deepEqual(
    left.filter((one) => !hints.includes(one)),
    [],
    'partial files that no error told of',
  )
  return { ...sum, sessions: stage.pulse.sessions }
}

const isPartial = (name: string): boolean => name.endsWith('.part')

/** Undefined: it was over before. Else the hint of its error. */
async function cancelled(stage: Stage, name: string, signal: AbortSignal, where: string): Promise<string | undefined> {
  try {
    await CALLS[name]?.(stage, signal)
    return undefined
  } catch (error) {
    assert.ok(error instanceof TransferError && error.code === 'aborted', `${where}: ${String(error)}`)
    return error.hint ?? ''
  } finally {
    stage.pulse.forget()
  }
}

async function targetIsWhole({ remote, path }: Stage): Promise<void> {
  const bytes = await remote.readFile(`${path}/up`)
  assert.ok(bytes.equals(OLD) || bytes.equals(BIG), `the target holds ${bytes.length} bytes`)
}

async function within(where: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (cause) {
    throw new Error(`${where}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
}
