import { once } from 'node:events'
import type { Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import type { ServerChannel } from 'ssh2'
import type { Conversation } from '../network/conversation.js'
import { beforeReset, type FaultList } from '../network/faults.js'
import type { SftpFaultAction } from './fault.js'
import { Framing } from './framing.js'
import { Handles } from './handles.js'
import { ANSWERS, number, packet, REQUESTS, Reader, type RequestName } from './packet.js'
import { Refusal, STATUS } from './refusal.js'
import { extensions, HANDLERS, READ_ONLY_REQUESTS, readOnly, type SharedSettings } from './requests.js'
import { status, statusOf } from './status.js'

/** What a session needs from its server. */
export interface SessionContext {
  readonly number: number
  readonly shared: SharedSettings
  readonly faults: FaultList<SftpFaultAction>
  readonly conversation: Conversation
  /** The socket under the SSH connection. */
  readonly socket: Socket
  /** Aborted when the connection is lost. */
  readonly gone: AbortSignal
  /** Numbers from 0 to 1 that shuffle the replies to requests received together; absent: replies are in order. */
  readonly shuffle?: () => number
  /** Files and directories that may be open at a time. */
  readonly maxHandles?: number
  /** A READ or WRITE that comes together with another one fails. */
  readonly oneAtATime: boolean
}

/** Unsent bytes in the socket above which no further request is read. */
const MAX_UNSENT = 4 * 1024 * 1024
const NAMES: Readonly<Record<number, RequestName | undefined>> = REQUESTS

/** Serves one SFTP session (version 3) on a channel, one request after the other, until either side ends it. */
export async function serveSftp(channel: ServerChannel, context: SessionContext): Promise<void> {
  const session = new Session(channel, context)
  try {
    await session.run()
  } finally {
    await session.handles.abandon()
    channel.end()
  }
}

class Session {
  readonly handles: Handles
  readonly #channel: ServerChannel
  readonly #context: SessionContext
  readonly #framing = new Framing()
  #introduced = false

  constructor(channel: ServerChannel, context: SessionContext) {
    this.#channel = channel
    this.#context = context
    this.handles = new Handles(context.maxHandles)
  }

  async run(): Promise<void> {
    for await (const chunk of this.#channel) {
      const requests = this.#framing.take(Buffer.concat([chunk as Buffer, ...this.#waiting()]))
      if (!(await this.#answer(requests))) return
    }
  }

  /** Yields the buffered chunks: since Node 26 a stream's read() returns one at a time. */
  *#waiting(): Iterable<Buffer> {
    for (let chunk = this.#channel.read(); chunk !== null; chunk = this.#channel.read()) yield chunk as Buffer
  }

  /** Answers requests that were received together. Resolves with false when the session has ended. */
  async #answer(requests: readonly Buffer[]): Promise<boolean> {
    const { shuffle, oneAtATime, gone } = this.#context
    const answers: Buffer[] = []
    let moving = 0
    for (const request of requests) {
      if (request[0] === 5 || request[0] === 6) moving++
      const answer = await this.#one(request, oneAtATime && moving > 1)
      if (answer === 'end' || gone.aborted) return false
      if (answer && shuffle) answers.push(answer)
      else if (answer) await this.#send(answer)
    }
    for (const answer of shuffle ? shuffled(answers, shuffle) : []) await this.#send(answer)
    return true
  }

  async #one(request: Buffer, isOneTooMany: boolean): Promise<Buffer | 'end' | undefined> {
    const name = NAMES[request[0] ?? 0]
    if (!this.#introduced || name === 'INIT') return this.#introduce(name)
    const reader = new Reader(request, 1)
    const id = reader.number()
    const fault = this.#context.faults.take(name ?? '')
    if (fault.delayMs !== undefined)
      await wait(fault.delayMs, undefined, { signal: this.#context.gone }).catch(() => {})
    if (fault.close || fault.reset) return await this.#hangUp(fault)
    if (fault.silent) return undefined
    if (name === undefined) return status(id, STATUS.UNSUPPORTED, 'Unknown request')
    const stumble = isOneTooMany ? { code: STATUS.FAILURE, text: 'Invalid handle' } : undefined
    return await this.#carryOut(name, { id, reader, fault: { ...fault, status: fault.status ?? stumble } })
  }

  async #carryOut(
    name: Exclude<RequestName, 'INIT'>,
    { id, reader, fault }: { id: number; reader: Reader; fault: SftpFaultAction },
  ): Promise<Buffer> {
    const { shared, conversation, number: session } = this.#context
    const said: string[] = []
    let answer: Buffer
    try {
      if (fault.status) throw new Refusal(fault.status.code, fault.status.text ?? 'Failure')
      if (shared.readOnly && !READ_ONLY_REQUESTS.has(name)) throw readOnly()
      const { handles } = this
      const about = (words: string): void => void said.push(words)
      answer = (await HANDLERS[name]({ id, reader, shared, handles, about, fault })) ?? status(id, 0, 'OK')
    } catch (error) {
      answer = statusOf(id, error)
    }
    conversation.record(session, 'client', [name, ...said].join(' '))
    conversation.record(session, 'server', describeReply(answer))
    return answer
  }

  #introduce(name: RequestName | undefined): Buffer | 'end' {
    if (this.#introduced || name !== 'INIT') return 'end'
    this.#introduced = true
    return packet(ANSWERS.VERSION, number(3), ...extensions(this.#context.shared))
  }

  async #hangUp({ reset }: SftpFaultAction): Promise<'end'> {
    await beforeReset(this.#context.gone)
    if (reset) this.#context.socket.resetAndDestroy()
    else this.#context.socket.destroy()
    return 'end'
  }

  /** Sends a reply: ssh2 does not report a lost connection, and does not wait for the socket. */
  async #send(answer: Buffer): Promise<void> {
    const { socket, gone } = this.#context
    const drained = async (stream: ServerChannel | Socket): Promise<void> => {
      await once(stream, 'drain', { signal: gone }).catch(() => {})
    }
    if (gone.aborted) return
    if (!this.#channel.write(answer)) await drained(this.#channel)
    if (socket.writableLength > MAX_UNSENT) await drained(socket)
  }
}

/** Describes a reply, for the conversation. */
function describeReply(answer: Buffer): string {
  const type = answer[4]
  const name = Object.entries(ANSWERS).find(([, number]) => number === type)?.[0] ?? '?'
  if (type === ANSWERS.STATUS) return `${name} ${answer.readUInt32BE(9)}`
  return type === ANSWERS.DATA || type === ANSWERS.NAME ? `${name} ${answer.readUInt32BE(9)}` : name
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, rank: random() }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ item }) => item)
}
