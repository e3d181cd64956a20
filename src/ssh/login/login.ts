import type { AnyAuthMethod, BaseAgent, KeyboardInteractiveAuthMethod, Prompt } from 'ssh2'
import { TransferError } from '../../errors.js'
import { printable } from '../../printable.js'
import type { AgentUse, Identities } from '../keys/identity.js'
import type { SshSecret } from '../keys/options.js'

/** One authentication attempt. */
interface Step {
  /** For messages: 'the private key /home/me/.ssh/id_ed25519'. */
  readonly name: string
  /** The method name of RFC 4252. */
  readonly method: string
  /** Prepares the attempt: decrypts the key, fetches the password. When it rejects, the next attempt is made. */
  begin(): Promise<AnyAuthMethod>
}

export interface LoginOptions {
  readonly user: string
  readonly identities: Identities
  readonly password?: SshSecret
  /** Called when the server has sent a request, and again once it was answered. */
  readonly asked?: (answered: boolean) => void
  /** Ends the login: the server goes on asking. */
  readonly giveUp: () => void
  /** Wraps the agent behind a socket. */
  readonly agentAt: (use: AgentUse) => BaseAgent
}

/** Requests of a server answered at most in one login. */
const MAX_QUESTIONS = 10

/** Runs the authentication dialogue (RFC 4252): chooses the next attempt and records the outcome of each. */
export class Login {
  readonly #options: LoginOptions
  readonly #untried: Step[]
  readonly #account: { name: string; outcome: string }[] = []
  #last: Step | undefined
  /** A detail about the current attempt: why the agent did not answer, what the server asked. */
  #note: string | undefined
  #offered: readonly string[] = []
  #secret: Promise<string> | undefined
  /** The password was sent as the answer to a prompt for a password. */
  #answered = false
  #passwordRefused = false
  /** The server refused a key, an agent or a password. */
  #wasRefused = false

  constructor(options: LoginOptions) {
    this.#options = options
    this.#untried = this.#steps()
  }

  /**
   * Resolves with the next attempt, undefined when none is left. `left` are the methods that the server accepts (null before its
   * first reply) and `partial` whether it accepted the last attempt and requires another.
   */
  async next(left: readonly string[] | null, partial: boolean | null): Promise<AnyAuthMethod | undefined> {
    this.#offered = left ?? []
    this.#settle(partial === true)
    // ssh2 does not pass on the replies to the agent's keys, so the list may be out of date after the agent.
    const isUpToDate = this.#last?.name !== AGENT
    // An empty list is sent by servers that do not say what they accept.
    const isStated = left !== null && left.length > 0
    for (;;) {
      const at = this.#untried.findIndex(({ method }) => !isStated || !isUpToDate || left?.includes(method))
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

  /** Records a detail that explains the outcome of the current attempt. */
  note(text: string): void {
    this.#note = printable(text, 200)
  }

  /** Whether the server has refused a key, an agent or a password. */
  get wasRefused(): boolean {
    return this.#wasRefused
  }

  /** Returns the error after every attempt failed. */
  refusal(where: string, cause?: unknown): TransferError {
    this.#settle(false)
    const tried = this.#account.map(({ name, outcome }) => `${name} (${outcome.replace(/\.$/, '')})`)
    const unwanted = this.#untried.map(({ name }) => name)
    const offered = this.#offered.length > 0 ? printable(this.#offered.join(', '), 200) : 'no method that it named'
    const sentences = [
      `${where} refused the login of ${printable(this.#options.user, 80)}.`,
      `Tried: ${tried.join('; ') || 'nothing'}.`,
      `The server accepts: ${offered}.`,
      ...(unwanted.length > 0 ? [`Not tried, as the server does not accept them: ${unwanted.join(', ')}.`] : []),
      ...(cause instanceof Error ? [`It ended the login: "${printable(cause.message, 200)}".`] : []),
      ...this.#options.identities.certificates.map(
        (path) => `${path} was not offered: certificates are not supported.`,
      ),
    ]
    return new TransferError('login-refused', sentences.join(' '), {
      phase: 'login',
      hint: isTooMany(cause) ? TOO_MANY : this.#hint(),
      cause,
    })
  }

  #hint(): string {
    if (this.#offered.length > 0 && !this.#offered.includes('publickey')) return 'The server requires a password.'
    if (this.#offered.length === 1) return 'The server requires a private key (privateKey) or an agent.'
    return 'Check the user name, and the password, the private key (privateKey) or the agent.'
  }

  #settle(partial: boolean): void {
    if (!this.#last) return
    const outcome = partial ? 'accepted, but not sufficient' : (this.#note ?? 'refused')
    this.#account.push({ name: this.#last.name, outcome })
    if (this.#answered && !partial) this.#passwordRefused = true
    if (this.#last.method !== 'none' && !partial) this.#wasRefused = true
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
      // Accounts are locked after a password was sent repeatedly.
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

  /** Answers one hidden prompt with the password, once; every other prompt with an empty string. */
  #answering(password: string): KeyboardInteractiveAuthMethod['prompt'] {
    let questions = 0
    return (_name, _instructions, _language, prompts, finish) => {
      this.#options.asked?.(false)
      if (++questions > MAX_QUESTIONS) {
        this.note(`it asked more than ${MAX_QUESTIONS} times`)
        return this.#options.giveUp()
      }
      const isForUs = questions === 1 && isOneHidden(prompts)
      if (!isForUs) this.note(`it asked ${prompts.map(({ prompt }) => `"${prompt.trim()}"`).join(', ')}`)
      if (isForUs && /password/i.test(prompts[0]?.prompt ?? '')) this.#answered = true
      finish(prompts.map(() => (isForUs ? password : '')))
      this.#options.asked?.(true)
    }
  }
}

const AGENT = 'the agent'

const TOO_MANY =
  'The server counts every key that is offered. Name the right one (privateKey), or limit the agent with IdentitiesOnly in ~/.ssh/config.'

function isTooMany(cause: unknown): boolean {
  return cause instanceof Error && /too many|failures/i.test(cause.message)
}

function isOneHidden(prompts: readonly Prompt[]): boolean {
  return prompts.length === 1 && prompts[0]?.echo !== true
}
