import type { Socket } from 'node:net'
import { plainAddress } from '../network/addresses.js'
import { type ArrivedLine, readCommand } from '../network/command-lines.js'
import { ControlLink, type Lines } from '../network/control-link.js'
import type { Line } from '../network/conversation.js'
import { playAfter, playBefore } from '../network/faults.js'
import { active, type DataAnswer, forward, passive, relay } from './relay.js'
import { type ProxySettings, SignOn } from './sign-on.js'
import type { Upstream } from './upstream.js'

interface Command {
  readonly verb: string
  readonly argument: string
  /** The line as it came. */
  readonly line: string
}

const LINE_LIMIT = 4096
const LOST = '421 Service not available, remote server has closed connection.'

/** One client of a proxy: the sign-on first, then everything is passed on. */
export class ProxySession {
  readonly #settings: ProxySettings
  readonly #link: ControlLink
  readonly #signOn: SignOn
  readonly #ends: { readonly local: string; readonly peer: string }
  #data: { drop(): void } | undefined
  /** A command is being worked on. */
  #busy = false
  /** ABOR has gone to the server ahead of its turn. */
  #aborted = false
  /** Either side has taken its leave. */
  #over = false

  constructor(socket: Socket, settings: ProxySettings, record: (from: Line['from'], text: string) => void) {
    this.#settings = settings
    this.#ends = { local: plainAddress(socket.localAddress), peer: plainAddress(socket.remoteAddress) }
    const onLine = (line: ArrivedLine) => this.#hurry(line.text)
    this.#link = new ControlLink(socket, { limit: LINE_LIMIT, hears: 'client', record, onLine })
    this.#signOn = new SignOn(settings, { signal: this.#link.signal, onLost: () => this.#lose() })
    // A client that goes must not leave the server waiting for an answer that nobody reads.
    this.#link.signal.addEventListener('abort', () => this.#busy && this.#signOn.leave(), { once: true })
  }

  /** Serves until either side ends. It never rejects. */
  async serve(): Promise<void> {
    try {
      await this.#greet()
      for (let line = await this.#link.next(); line; line = await this.#link.next()) {
        if (await this.#answer(line)) break
      }
    } catch {
      this.#link.reset()
    } finally {
      this.#data?.drop()
      this.#signOn.leave()
      this.#link.end()
    }
  }

  async #greet(): Promise<void> {
    const { faults, greeting } = this.#settings
    const fault = faults.take('connect')
    const lines = greeting.map((line, at) => `220${at === greeting.length - 1 ? ' ' : '-'}${line}`)
    if (!(await playBefore(fault, this.#link))) await playAfter(fault, this.#link, lines)
  }

  /** Answers one line; true when it was the last. */
  async #answer({ text, whole }: ArrivedLine): Promise<boolean> {
    const { verb, argument } = readCommand(text)
    const fault = this.#settings.faults.take(verb)
    if (await playBefore(fault, this.#link)) return false
    this.#busy = true
    const answer = whole ? await this.#run({ verb, argument, line: text }) : '500 Command line too long.'
    this.#busy = false
    await playAfter(fault, this.#link, answer)
    return this.#over
  }

  async #run(command: Command): Promise<Lines> {
    this.#over = command.verb === 'QUIT'
    try {
      return await this.#carryOut(command)
    } catch {
      this.#over = true
      return LOST
    }
  }

  async #carryOut(command: Command): Promise<Lines> {
    const { verb, argument } = command
    if (this.#settings.without.has(verb)) return `500 '${verb}': command unrecognized.`
    const reply = await this.#signOn.take(verb, argument)
    if (reply !== undefined) return reply
    // TLS with the server comes before its USER.
    const server = verb === 'AUTH' ? this.#signOn.reached : this.#signOn.server
    if (server) return this.#passOn(server, command)
    return verb === 'QUIT' ? '221 Goodbye.' : this.#signOn.refuse(verb)
  }

  /** Passes a command on and answers the server's last reply; the ones before it go out as they come. */
  async #passOn(upstream: Upstream, { verb, argument, line }: Command): Promise<Lines> {
    const path = { ...this.#ends, upstream, track: this.#settings.track }
    if (verb === 'PASV' || (verb === 'EPSV' && argument.toUpperCase() !== 'ALL'))
      return this.#agree(await passive(path, verb))
    if (verb === 'PORT' || verb === 'EPRT') return this.#agree(await active(path, verb, argument))
    const sent = verb === 'ABOR' && this.#aborted
    this.#aborted = false
    let reply = await upstream.ask(sent ? undefined : line)
    while (reply.code < 200) {
      await this.#link.say(reply.lines)
      reply = await upstream.ask()
    }
    if (verb === 'AUTH' && (reply.code === 234 || reply.code === 334)) return this.#stepAside(upstream, reply.lines)
    this.#over ||= reply.code === 421
    this.#signOn.follow(verb, reply.code)
    return reply.lines
  }

  /** TLS begins between client and server: the last reply in the clear goes out, and from then on nothing can be read here. */
  async #stepAside(upstream: Upstream, lines: readonly string[]): Promise<Lines> {
    this.#over = true
    const { dataPorts: ports, track } = this.#settings
    if (ports) await forward({ host: this.#ends.local, ports, to: upstream.peer, track })
    const [client, server] = [this.#link.hold(), upstream.link.hold()]
    await this.#link.say(lines)
    await relay(client, server)
    return []
  }

  #agree(answer: DataAnswer): Lines {
    this.#data?.drop()
    this.#data = answer.data
    return answer.reply
  }

  /** ABOR goes to the server at once while it works on another command. */
  #hurry(line: string): void {
    if (readCommand(line).verb !== 'ABOR' || !this.#busy || this.#aborted || !this.#signOn.server) return
    this.#aborted = true
    this.#signOn.server.link.say('ABOR')
  }

  /** The server is gone while nobody waits for it. */
  #lose(): void {
    if (this.#busy || this.#over) return
    this.#link.say(LOST).then(() => this.#link.end())
  }
}
