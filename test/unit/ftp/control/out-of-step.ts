import assert from 'node:assert/strict'
import type { Duplex } from 'node:stream'
import { TransferError } from '../../../../src/errors.js'
import { nobody } from '../../../../src/events.js'
import { openSession } from '../../../../src/ftp/open-session.js'
import type { FtpSession } from '../../../../src/ftp/session.js'
import { Redactor } from '../../../../src/redact.js'
import { pairedWire } from '../control-pair.js'
import { random } from '../corpus/random.js'

/** What becomes of one reply of the server. */
const FAULTS = ['surplus', 'surplus later', 'missing', 'twice', 'swapped'] as const
type Fault = (typeof FAULTS)[number]

/**
 * Replies that belong to nothing. Those that could answer the next command as well are only found before it is sent; the others
 * always.
 */
const LIKELY = [
  '226 Done.',
  '250 Done.',
  '213 4711',
  '257 "/x"',
  '550 No.',
  '350 Go on.',
  '200 Fine.',
  '227 x (1,2,3,4,5,6)',
]

const UNLIKELY = ['226 Done.', '227 x (1,2,3,4,5,6)', '230 In.', '221 Bye.']

/** One command as the server answered it: what it really meant. */
interface Truth {
  readonly line: string
  readonly reply: string
}

/**
 * Conversations between a session and a server whose replies get lost, doubled, swapped or mixed with others. Each call names a path
 * of its own, so the server's truth about it is known: a call must never resolve, or be refused, by the reply to another command.
 */
export async function playConversations({
  seed,
  count,
}: {
  seed: number
  count: number
}): Promise<Record<string, number>> {
  const outcomes: Record<string, number> = {}
  const timers = new Timers()
  try {
    for (let at = 0; at < count; at++) {
      const outcome = await conversation(seed + at, timers)
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
    }
  } finally {
    timers.restore()
  }
  return outcomes
}

async function conversation(seed: number, timers: Timers): Promise<string> {
  const ended = <T>(work: Promise<T>): Promise<T | TransferError> => outcomeOf(work, timers)
  const next = random(seed)
  const fault = FAULTS[Math.floor(next() * FAULTS.length)] ?? 'missing'
  const looks = next() < 0.5
  const server = new Server(next, fault, looks ? LIKELY : UNLIKELY)
  const session = await ended(openOn(server))
  if (!(session instanceof Object) || session instanceof TransferError) return 'lost at login'
  let last = 'all calls ended'
  for (let call = 0; call < 4; call++) {
    if (looks) await ended((session as FtpSession).quiet())
    const path = `/${seed}-${call}`
    const name = CALLS[Math.floor(next() * CALLS.length)] ?? 'remove'
    const before = server.truths.length
    const result = await ended<unknown>(ACTIONS[name](session as FtpSession, path))
    check(name, result, server.truths.slice(before), `seed ${seed}, ${fault}, ${name} ${path}`)
    if (session.state === 'lost') last = 'session given up'
    if (session.state === 'lost') break
  }
  await ended((session as FtpSession).close())
  return last
}

const ACTIONS = {
  remove: (session: FtpSession, path: string) => session.remove(path),
  makeDir: (session: FtpSession, path: string) => session.makeDir(path),
  removeDir: (session: FtpSession, path: string) => session.removeDir(path),
  rename: (session: FtpSession, path: string) => session.rename(path, `${path}-new`),
  stat: (session: FtpSession, path: string) => session.stat(path),
}
const CALLS = Object.keys(ACTIONS) as (keyof typeof ACTIONS)[]
const DECIDES: Readonly<Record<string, string>> = { remove: 'DELE', makeDir: 'MKD', removeDir: 'RMD', rename: 'RNTO' }

/** The server's truth about a call against what the caller was told. */
function check(name: keyof typeof ACTIONS, result: unknown, truths: readonly Truth[], about: string): void {
  if (result instanceof TransferError) {
    const { reply } = result
    if (!reply || result.code === 'session-lost') return
    const own = truths.some((truth) => truth.reply.includes(reply.text.split('\n')[0] ?? ''))
    assert.ok(own, `${about}: refused by another's reply: ${reply.code} ${reply.text}`)
    return
  }
  if (name === 'stat') {
    const told = truths.find(({ line, reply }) => /^(MLST|SIZE)/.test(line) && /size=|^213/i.test(reply))
    const { size } = (result ?? {}) as { size?: number }
    if (size !== undefined) assert.match(told?.reply ?? '', new RegExp(`\\b${size}\\b`), `${about}: another's size`)
    if (result === undefined) assert.equal(told, undefined, `${about}: not there, though the server told its size`)
    return
  }
  const decisive = truths.filter(({ line }) => line.startsWith(DECIDES[name] ?? '')).at(-1)
  assert.match(decisive?.reply ?? 'no reply', /^2/, `${about}: resolved, though the server said otherwise`)
}

/** Waits for a call; a server that stays silent has its time run out. */
async function outcomeOf<T>(work: Promise<T>, timers: Timers): Promise<T | TransferError> {
  let over = false
  const settled = work.then(
    (value) => value,
    (error: unknown) => {
      if (error instanceof TransferError) return error
      throw error
    },
  )
  settled.finally(() => {
    over = true
  })
  for (let idle = 0; !over; idle++) {
    await new Promise((turn) => setImmediate(turn))
    if (idle % 20 === 19) timers.fire()
  }
  return await settled
}

/** Takes the place of setTimeout: what waits for a reply that never comes is told so at once. */
class Timers {
  readonly #real = globalThis.setTimeout
  readonly #realClear = globalThis.clearTimeout
  readonly #due = new Map<object, () => void>()

  constructor() {
    const set = (work: () => void): object => {
      const timer = { unref: () => timer, ref: () => timer }
      this.#due.set(timer, work)
      return timer
    }
    globalThis.setTimeout = set as unknown as typeof globalThis.setTimeout
    globalThis.clearTimeout = ((timer: object) => void this.#due.delete(timer)) as typeof globalThis.clearTimeout
  }

  /** Runs what is due, in the order in which it was set. */
  fire(): void {
    for (const [timer, work] of [...this.#due]) if (this.#due.delete(timer)) work()
  }

  restore(): void {
    globalThis.setTimeout = this.#real
    globalThis.clearTimeout = this.#realClear
  }
}

function openOn(server: Server): Promise<FtpSession> {
  const endpoint = { host: '127.0.0.1', port: 21 }
  const dial = async () => {
    const { wire, peer } = pairedWire()
    server.serve(peer)
    return wire
  }
  return openSession({
    route: { describe: 'direct', dial },
    server: endpoint,
    credentials: { user: 'me', password: 'secret' },
    login: true,
    limits: { connect: 2_000, reply: 2_000, idle: 2_000, confirm: 2_000 },
    data: { mode: 'passive', passiveAddress: 'control' },
    passive: {},
    pipelining: { off: false },
    habits: { framed: false, ended: false },
    encoding: 'utf-8',
    redactor: new Redactor(),
    observe: nobody,
    describe: 'ftp://test',
  })
}

class Server {
  readonly truths: Truth[] = []
  readonly #next: () => number
  readonly #fault: Fault
  /** The reply that goes wrong, counted from the first after the greeting. */
  #left: number
  #held = ''

  readonly #strays: readonly string[]
  readonly #features: string

  constructor(next: () => number, fault: Fault, strays: readonly string[]) {
    this.#next = next
    this.#fault = fault
    this.#strays = strays
    this.#features = next() < 0.5 ? ' MLST type*;size*;\r\n' : ''
    this.#left = Math.floor(next() * 14)
  }

  serve(peer: Duplex): void {
    peer.on('error', () => {})
    peer.write(this.#next() < 0.5 ? '220 (vsFTPd 3.0.3)\r\n' : '220 Ready.\r\n')
    let text = ''
    peer.on('data', (chunk: Buffer) => {
      const lines = (text + chunk.toString('latin1')).split('\r\n')
      text = lines.pop() ?? ''
      for (const line of lines) this.#answer(line, peer)
    })
  }

  #answer(line: string, peer: Duplex): void {
    const reply = this.#reply(line)
    this.truths.push({ line, reply })
    if (this.#held !== '') {
      // The reply to the command before comes after this one.
      peer.write(`${reply}\r\n${this.#held}\r\n`)
      this.#held = ''
    } else if (this.#left-- === 0) this.#spoil(reply, line, peer)
    else peer.write(`${reply}\r\n`)
  }

  #spoil(reply: string, line: string, peer: Duplex): void {
    const later = this.#fault === 'surplus later' && !ENDS_A_CALL.test(line)
    const strays = later ? UNLIKELY : this.#strays
    const stray = strays[Math.floor(this.#next() * strays.length)] ?? ''
    if (this.#fault === 'swapped') this.#held = reply
    else if (this.#fault === 'twice') peer.write(`${reply}\r\n${reply}\r\n`)
    else if (this.#fault === 'surplus') peer.write(`${reply}\r\n${stray}\r\n`)
    else if (this.#fault === 'surplus later') {
      peer.write(`${reply}\r\n`)
      setImmediate(() => peer.write(`${stray}\r\n`))
    } else if (this.#fault !== 'missing') peer.write(`${reply}\r\n`)
  }

  #reply(line: string): string {
    const [verb = '', argument = ''] = line.split(/ (.*)/)
    const id = `${this.truths.length}-${argument}`
    const no = this.#next() < 0.3
    if (verb === 'FEAT') return `211-Features:\r\n SIZE\r\n MDTM\r\n${this.#features}211 End`
    if (no && /^(DELE|MKD|RMD|RNFR|RNTO|SIZE|MLST|CWD)$/.test(verb)) return `550 No such thing: ${id}`
    const size = 1_000 + this.truths.length
    return (
      {
        USER: '331 Password.',
        PASS: '230 In.',
        PWD: '257 "/home"',
        SIZE: `213 ${size}`,
        MDTM: '213 20261120101500',
        MLST: `250-Listing\r\n type=file;size=${size}; ${argument}\r\n250 End`,
        MKD: `257 "${argument}" made`,
        RNFR: '350 And now?',
        QUIT: '221 Bye.',
      }[verb] ?? `250 Done: ${id}`
    )
  }
}

const ENDS_A_CALL = /^(DELE|MKD|RMD|RNTO|MLST|MDTM) /
