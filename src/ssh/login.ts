import type {
  AnyAuthMethod,
  BaseAgent,
  KeyboardInteractiveAuthMethod,
  Prompt,
  SignCallback,
  SigningRequestOptions,
} from 'ssh2'
import { TransferError } from '../errors.js'
import { printable } from '../printable.js'
import type { Identities } from './keys/identity.js'
import type { SshSecret } from './keys/options.js'

/** One way to log in. */
interface Step {
  /** For people: 'the private key /home/me/.ssh/id_ed25519'. */
  readonly name: string
  /** What the server calls it. */
  readonly method: string
  /** Makes it ready: opens the key, fetches the password. Throws when that cannot be done: the next step has its turn then. */
  begin(): Promise<AnyAuthMethod>
}

export interface LoginOptions {
  readonly user: string
  readonly identities: Identities
  readonly password?: SshSecret
  /** Called when the server has asked something, and again once it has its answer. */
  readonly asked?: (answered: boolean) => void
  /** Wraps an agent's socket. */
  readonly agentAt: (socket: string) => BaseAgent
}

/** A server that asks more often than this is not answered any more. */
const MAX_QUESTIONS = 10

/** The authentication dialogue (RFC 4252): chooses what is tried next and keeps account of what came of it. */
export class Login {
  readonly #options: LoginOptions
  readonly #untried: Step[]
  readonly #account: { name: string; outcome: string }[] = []
  #last: Step | undefined
  /** Something that was heard about the step under way: why the agent did not answer, what was asked. */
  #note: string | undefined
  #offered: readonly string[] = []
  #secret: Promise<string> | undefined
  /** The password was the answer to a question about a password. */
  #answered = false
  #passwordRefused = false

  constructor(options: LoginOptions) {
    this.#options = options
    this.#untried = this.#steps()
  }

  /**
   * What to try next, undefined when nothing is left. `left` is what the server would take now (null before it said anything) and
   * `partial` whether it took the last step and wants another.
   */
  async next(left: readonly string[] | null, partial: boolean | null): Promise<AnyAuthMethod | undefined> {
    this.#offered = left ?? []
    this.#settle(partial === true)
    // ssh2 keeps what the server says to the agent's keys to itself, so that the list may be old after the agent.
    const isUpToDate = this.#last?.name !== AGENT
    for (;;) {
      const at = this.#untried.findIndex(({ method }) => !left || !isUpToDate || left.includes(method))
      const [step] = at < 0 ? [] : this.#untried.splice(at, 1)
      this.#last = step
      if (!step) return undefined
      try {
        return await step.begin()
      } catch (error) {
        this.#account.push({ name: step.name, outcome: error instanceof Error ? error.message : String(error) })
      }
    }
  }

  /** Something that explains how the step under way ends. */
  note(text: string): void {
    this.#note = printable(text, 200)
  }

  /** The error when all of it was to no avail. */
  refusal(where: string, cause?: unknown): TransferError {
    this.#settle(false)
    const tried = this.#account.map(({ name, outcome }) => `${name} (${outcome.replace(/\.$/, '')})`)
    const unwanted = this.#untried.map(({ name }) => name)
    const offered = this.#offered.length > 0 ? printable(this.#offered.join(', '), 200) : 'nothing that it named'
    const sentences = [
      `${where} refused the login of ${printable(this.#options.user, 80)}.`,
      `Tried: ${tried.join('; ') || 'nothing'}.`,
      `The server takes: ${offered}.`,
      ...(unwanted.length > 0 ? [`Not tried, as it does not take them: ${unwanted.join(', ')}.`] : []),
    ]
    return new TransferError('login-refused', sentences.join(' '), { phase: 'login', hint: this.#hint(), cause })
  }

  #hint(): string {
    if (this.#offered.length > 0 && !this.#offered.includes('publickey')) return 'The server wants a password.'
    if (this.#offered.length === 1) return 'The server wants a private key (privateKey) or an agent.'
    return 'Check the user name, and the password, the private key (privateKey) or the agent.'
  }

  #settle(partial: boolean): void {
    if (!this.#last) return
    const outcome = partial ? 'taken, but not enough' : (this.#note ?? 'refused')
    this.#account.push({ name: this.#last.name, outcome })
    if (this.#answered && !partial) this.#passwordRefused = true
    this.#answered = false
    this.#note = undefined
  }

  #steps(): Step[] {
    const { user: username, identities, agentAt, password } = this.#options
    const { agent, keys } = identities
    const steps: Step[] = [{ name: 'no credentials', method: 'none', begin: async () => ({ type: 'none', username }) }]
    if (agent !== undefined)
      steps.push({
        name: AGENT,
        method: 'publickey',
        begin: async () => ({ type: 'agent', username, agent: agentAt(agent) }),
      })
    for (const { name, open } of keys)
      steps.push({
        name: `the ${name}`,
        method: 'publickey',
        begin: async () => ({ type: 'publickey', username, key: await open() }),
      })
    return password === undefined ? steps : [...steps, this.#questions(), this.#plainPassword()]
  }

  #questions(): Step {
    const { user: username } = this.#options
    const method = 'keyboard-interactive'
    return {
      name: method,
      method,
      begin: async () => {
        const password = await this.#password()
        return { type: method, username, prompt: this.#answering(password) }
      },
    }
  }

  #plainPassword(): Step {
    const { user: username } = this.#options
    const begin = async (): Promise<AnyAuthMethod> => {
      // Accounts get locked by passwords that are sent again and again.
      if (this.#passwordRefused) throw new Error('not sent again: it was refused as an answer before')
      return { type: 'password', username, password: await this.#password() }
    }
    return { name: 'the password', method: 'password', begin }
  }

  #password(): Promise<string> {
    const { password = '', user } = this.#options
    this.#secret ??= Promise.resolve(typeof password === 'string' ? password : password(user))
    return this.#secret
  }

  /** Answers one hidden question with the password, once; every other question with nothing. */
  #answering(password: string): KeyboardInteractiveAuthMethod['prompt'] {
    let questions = 0
    return (_name, _instructions, _language, prompts, finish) => {
      this.#options.asked?.(false)
      if (++questions > MAX_QUESTIONS) return
      const isForUs = questions === 1 && isOneHidden(prompts)
      if (!isForUs) this.note(`it asked ${prompts.map(({ prompt }) => `"${prompt.trim()}"`).join(', ')}`)
      if (isForUs && /password/i.test(prompts[0]?.prompt ?? '')) this.#answered = true
      finish(prompts.map(() => (isForUs ? password : '')))
      this.#options.asked?.(true)
    }
  }
}

const AGENT = 'the agent'

function isOneHidden(prompts: readonly Prompt[]): boolean {
  return prompts.length === 1 && prompts[0]?.echo !== true
}

/** What an agent needs to know of the connection that it is asked for. */
export interface Lifetime {
  readonly over: unknown
  whenOver(tell: () => void): () => void
}

/**
 * An agent that is left when the connection ends, and whose answers are dropped then: ssh2 would write to the connection, and that
 * throws where nobody can catch it.
 */
export function guardedAgent(agent: BaseAgent, connection: Lifetime): BaseAgent {
  const stream = agent.getStream?.bind(agent)
  agent.getStream =
    stream &&
    ((tell) =>
      stream((error, socket) => {
        const forget = connection.whenOver(() => socket?.destroy())
        socket?.once('close', forget)
        tell(error, socket)
      }))
  const identities = agent.getIdentities.bind(agent)
  agent.getIdentities = (tell) =>
    identities((error, keys) => {
      if (!connection.over) tell(error, keys)
    })
  guardSigning(agent, connection)
  return agent
}

function guardSigning(agent: BaseAgent, connection: Lifetime): void {
  const sign = agent.sign.bind(agent)
  const guarded =
    (tell: SignCallback | undefined): SignCallback =>
    (error, signature) => {
      if (!connection.over) tell?.(error, signature)
    }
  agent.sign = (
    key: string | Buffer,
    data: Buffer,
    options: SigningRequestOptions | SignCallback,
    tell?: SignCallback,
  ) => {
    if (typeof options === 'function') sign(key, data, guarded(options))
    else sign(key, data, options, guarded(tell))
  }
}
