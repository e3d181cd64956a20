import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { type ConnectOptions, MemoryStore, type Remote, type TransferEvent, type TreeResult } from '../../src/index.js'
import { startServer } from '../../src/testing/index.js'
import { claimPorts } from '../ports.js'
import { ca, good } from '../tls/fixtures.js'
import { entriesOf, randomOf, type Scene, scene } from '../wire/scene.js'
import { type Files, filesOf, type Ground, groundIn, groundOn } from './ground.js'
import { type Cut, Relay } from './relay.js'

/** One tree, and what happens to it on the way. */
export interface Course {
  readonly direction: 'download' | 'upload'
  readonly tls: boolean
  readonly files: number
  readonly cuts: number
  readonly sessions: number
  readonly seed: number
}

/** A server with a relay before it, and its files. */
export interface Far {
  readonly port: number
  readonly passivePorts: readonly [number, number]
  readonly options: ConnectOptions
  /** The directory on the server, as clients see it. */
  readonly path: string
  readonly ground: Ground
}

const LONG = 20_000

/**
 * Copies a tree while its connections are cut, and looks at each cut and in the end: every file is whole, nothing unfinished has a
 * final name, nothing that was confirmed is sent again.
 */
export async function cutTree(s: Scene, course: Course, far: Far): Promise<string> {
  const { direction, cuts, sessions, seed } = course
  const files = filesOf(course.files, seed)
  const near = groundOn(s.at('tree'))
  const [source, target] = direction === 'download' ? [far.ground, near] : [near, far.ground]
  await source.fill(files)
  const looks: Promise<void>[] = []
  const relay = s.keep(
    await Relay.open({
      ...far,
      next: cutter(course, randomOf(seed + 1)),
      onCut: () => looks.push(finalsAreWhole(target, files)),
    }),
  )
  const watch = new Watch()
  const timeouts = { connect: LONG, reply: LONG, idle: LONG, confirm: LONG }
  const remote = await untilConnected(() =>
    s.connect(`${course.tls ? 'ftpes' : 'ftp'}://${relay.host}:${far.port}`, {
      ...far.options,
      timeouts,
      pool: { max: sessions },
      observe: watch.observe,
    }),
  )
  if (direction === 'download') await listed(remote, far.path)
  const options = { recursive: true, retries: 20, verify: direction === 'download' } as const
  const result = await (direction === 'download'
    ? remote.download(far.path, s.at('tree'), options)
    : remote.upload(s.at('tree'), far.path, options))
  await Promise.all(looks)
  await same(target, files)
  assert.deepEqual(watch.again, [], 'sent again after they were confirmed')
  assert.equal(relay.cuts, cuts, 'the tree was over before all cuts were made')
  return figures(result, watch)
}

function figures({ files, bytes, retries, confirmed }: TreeResult, { sent, sessions }: Watch): string {
  return `${files} files, ${bytes} bytes, ${sent} transfers begun, ${retries} retries, ${confirmed.length} confirmed by a look, ${sessions} sessions`
}

/** The next cut, of either kind, at a random byte. */
function cutter({ cuts, tls }: Course, random: () => number): () => Cut | undefined {
  const reach = { control: tls ? 5_000 : 1_500, data: 30_000 }
  let left = cuts
  return () => {
    if (left-- === 0) return undefined
    const on = random() < 0.5 ? 'control' : 'data'
    return { on, after: Math.floor(random() * reach[on]), with: random() < 0.5 ? 'end' : 'reset' }
  }
}

/**
 * A listing that ends in order before its first line is an empty directory's, for all anybody can tell, unless this server was seen to
 * list '.' too: the first one is seen to here.
 */
async function listed(remote: Remote, path: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      if ((await entriesOf(remote.list(path))).length > 0) return
    } catch (error) {
      if (tries === 20) throw error
    }
  }
}

/** The first connect() is not what is tried again: a cut may hit it. */
async function untilConnected<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt()
    } catch (error) {
      if (tries === 20) throw error
      await pause(1)
    }
  }
}

const isPartial = (path: string): boolean => path.endsWith('.part')

async function finalsAreWhole(target: Ground, files: Files): Promise<void> {
  for (const [path, size] of await target.sizes())
    if (!isPartial(path)) assert.equal(size, files.get(path)?.length, `${path} under its final name`)
}

async function same(target: Ground, files: Files): Promise<void> {
  assert.deepEqual([...(await target.sizes()).keys()].sort(), [...files.keys()].sort())
  for (const [path, bytes] of files) assert.ok(bytes.equals(await target.content(path)), path)
}

/** Reads the conversation: what was sent once more although what follows a confirmation had been asked for. */
class Watch {
  readonly again: string[] = []
  sent = 0
  sessions = 0
  readonly #confirmed = new Set<string>()
  readonly #renaming = new Map<number, string>()

  readonly observe = (event: TransferEvent): void => {
    if (event.type === 'connected') this.sessions++
    if (event.type !== 'command') return
    const [verb = '', ...words] = event.text.split(' ')
    const path = words.join(' ')
    if (verb === 'RNFR') this.#renaming.set(event.session, path)
    else if (verb === 'RNTO') this.#confirmed.add(this.#renaming.get(event.session) ?? '')
    else if (verb === 'XMD5') this.#confirmed.add(path)
    else if (verb === 'STOR' || verb === 'RETR') {
      this.sent++
      if (this.#confirmed.has(path)) this.again.push(event.text)
    }
  }
}

/** Declares a tree down and up, plain and over TLS, with a server that takes flights and one that takes none. */
export function cutsOf({ limit, ...size }: Pick<Course, 'files' | 'cuts' | 'seed'> & { readonly limit: number }): void {
  for (const direction of ['download', 'upload'] as const)
    for (const tls of [false, true])
      for (const [greeting, sessions] of [
        ['ready', tls ? 1 : 4],
        ['(vsFTPd 3.0.3)', tls ? 4 : 1],
      ] as const) {
        const name = `${direction}, ${tls ? 'TLS' : 'plain'}, '${greeting}', ${sessions} at a time`
        scene(
          name,
          async (s) => {
            const course = { ...size, direction, tls, sessions }
            console.log(`${name}: ${await cutTree(s, course, await embedded(s, course, greeting))}`)
          },
          limit,
        )
      }
}

const WIDTH = 40

/** The embedded server, on ports that a relay can have at another address. */
export async function embedded(s: Scene, { tls, direction }: Course, greeting: string): Promise<Far> {
  const store = new MemoryStore()
  const path = direction === 'download' ? '/tree' : '/new'
  const { first: port, release } = await claimPorts()
  s.keep({ close: release })
  const passivePorts = [port + 1, port + WIDTH] as const
  const options = { password: 'demo', ...(tls && { tls: { ca, servername: 'localhost' } }) }
  const server = { port, passivePorts, store, greeting, users: { demo: 'demo' }, ...(tls && { tls: good }) }
  s.keep(await startServer(server))
  return { port, passivePorts, path, ground: groundIn(store, path), options }
}
