import type { Socket } from 'node:net'
import { plainAddress } from '../network/addresses.js'
import { type ArrivedLine, readCommand } from '../network/command-lines.js'
import { ControlLink, type Lines } from '../network/control-link.js'
import type { Line } from '../network/conversation.js'
import { applyAfter, applyBefore } from '../network/faults.js'
import { active, type DataAnswer, forward, passive, relay } from './relay.js'
import { type ProxySettings, SignOn } from './sign-on.js'
import type { Upstream } from './upstream.js'

interface Command {
  readonly verb: string
  readonly argument: string
  /** The line as received. */
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
  /** A command is being executed. */
  #busy = false
  /** ABOR was sent to the server ahead of its turn. */
  #aborted = false
  /** Either side has closed. */
  #over = false

  constructor(socket: Socket, settings: ProxySettings, record: (from: Line['from'], text: string) => void) {
    this.#settings = settings
    this.#ends = { local: plainAddress(socket.localAddress), peer: plainAddress(socket.remoteAddress) }
    const onLine = (line: ArrivedLine) => this.#abortNow(line.text)
    this.#link = new ControlLink(socket, { limit: LINE_LIMIT, peer: 'client', record, onLine })
    this.#signOn = new SignOn(settings, { signal: this.#link.signal, onLost: () => this.#lose() })
    // A client that closes must not leave the server waiting for its reply to be read.
    this.#link.signal.addEventListener('abort', () => this.#busy && this.#signOn.disconnect(), { once: true })
  }

  /** Serves until either side closes. Never rejects. */
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
      this.#signOn.disconnect()
      this.#link.end()
    }
  }

  async #greet(): Promise<void> {
    const { faults, greeting } = this.#settings
    const fault = faults.take('connect')
    const lines = greeting.map((line, at) => `220${at === greeting.length - 1 ? ' ' : '-'}${line}`)
    if (!(await applyBefore(fault, this.#link))) await applyAfter(fault, this.#link, lines)
  }

  /** Answers one line; resolves with true when it was the last. */
  async #answer({ text, whole }: ArrivedLine): Promise<boolean> {
    const { verb, argument } = readCommand(text)
    const fault = this.#settings.faults.take(verb)
    if (await applyBefore(fault, this.#link)) return false
    this.#busy = true
    const answer = whole ? await this.#run({ verb, argument, line: text }) : '500 Command line too long.'
    this.#busy = false
    await applyAfter(fault, this.#link, answer)
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
    const reply = await this.#signOn.tryCommand(verb, argument)
    if (reply !== undefined) return reply
    // AUTH is passed on before USER.
    const server = verb === 'AUTH' ? this.#signOn.reached : this.#signOn.server
    if (server) return this.#passOn(server, command)
    return verb === 'QUIT' ? '221 Goodbye.' : this.#signOn.refuse(verb)
  }

  /** Passes a command on and resolves with the server's last reply; preliminary replies are sent as they arrive. */
  async #passOn(upstream: Upstream, { verb, argument, line }: Command): Promise<Lines> {
    const path = { ...this.#ends, upstream, track: this.#settings.track }
    if (verb === 'PASV' || (verb === 'EPSV' && argument.toUpperCase() !== 'ALL'))
      return this.#agree(await passive(path, verb))
    if (verb === 'PORT' || verb === 'EPRT') return this.#agree(await active(path, verb, argument))
    const sent = verb === 'ABOR' && this.#aborted
    this.#aborted = false
    let reply = await upstream.ask(sent ? undefined : line)
    while (reply.code < 200) {
      await this.#link.send(reply.lines)
      reply = await upstream.ask()
    }
    if (verb === 'AUTH' && (reply.code === 234 || reply.code === 334)) return this.#startRelay(upstream, reply.lines)
    this.#over ||= reply.code === 421
    this.#signOn.observeReply(verb, reply.code)
    return reply.lines
  }

  /** Passes the last plaintext reply on; from then on TLS runs between client and server, and nothing can be read here. */
  async #startRelay(upstream: Upstream, lines: readonly string[]): Promise<Lines> {
    this.#over = true
    const { dataPorts: ports, track } = this.#settings
    if (ports) await forward({ host: this.#ends.local, ports, to: upstream.peer, track })
    const [client, server] = [this.#link.detach(), upstream.link.detach()]
    await this.#link.send(lines)
    await relay(client, server)
    return []
  }

  #agree(answer: DataAnswer): Lines {
    this.#data?.drop()
    this.#data = answer.data
    return answer.reply
  }

  /** Sends ABOR to the server at once while another command is being executed. */
  #abortNow(line: string): void {
    if (readCommand(line).verb !== 'ABOR' || !this.#busy || this.#aborted || !this.#signOn.server) return
    this.#aborted = true
    this.#signOn.server.link.send('ABOR')
  }

  /** Handles a server that closes between commands. */
  #lose(): void {
    if (this.#busy || this.#over) return
    this.#link.send(LOST).then(() => this.#link.end())
  }
}
