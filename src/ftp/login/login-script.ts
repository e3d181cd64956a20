// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${…} is the step language here

import { unlessAborted } from '../../deadline.js'
import { badArgument, type TransferError, throwIfAborted } from '../../errors.js'
import { checkLine } from '../../path.js'
import { printable } from '../../printable.js'
import { MASK } from '../../redact.js'
import { matches, type Reply, type Talk } from '../control/command-channel.js'
import { type Attempt, lostAt, type Parties, phaseOf, refused, wanted } from './login-errors.js'
import { ANONYMOUS_PASSWORD, bare, isDroppable, type SignOnValues, type Words, wordsOf } from './login-variables.js'
import { fillIn, type Step, type Variable, variablesIn } from './proxy-dialects.js'

export { customDialect, fileZillaSteps } from './filezilla-script.js'
export { checkValues, expandHost, type SignOnValues } from './login-variables.js'
export {
  checkSteps,
  DIALECTS,
  type Dialect,
  type DialectName,
  dialectNamed,
  reachesServerBeforeLogin,
  type Step,
} from './proxy-dialects.js'

/** Asks for a secret (a person, or a token); receives the peer's text, made printable. */
export type Prompt = (text: string) => Promise<string>

export interface RunOptions extends Parties {
  readonly part: 'reach' | 'login'
  readonly signal?: AbortSignal
  readonly prompt?: Prompt
  /** Limit in ms of a step at which the proxy may dial out: connect limit plus reply limit. */
  readonly routeLimit?: number
  /** Sends the line of a step that requests TLS and starts TLS when the reply is 2xx; resolves with that reply. */
  readonly secure?: (line: string, tls: NonNullable<Step['tls']>) => Promise<Reply>
}

export interface SignOnOptions extends RunOptions {
  readonly dialect: string
  readonly proxy: string
  readonly routeLimit: number
}

/**
 * Runs the steps of one part of a dialect. Resolves with the last reply, a 2xx, or with undefined when every step was dropped; the same
 * values give the same lines every time. Rejects with `proxy-refused` (phase `proxy`) before the server is connected, and at the step
 * that names it; `login-refused` (phase `login`) when the server behind the proxy refused; `too-many-sessions`; and with the errors of
 * `Talk.ask` and `prompt`.
 */
export async function play(
  talk: Talk,
  { steps, values }: { steps: readonly Step[]; values: SignOnValues },
  options: SignOnOptions,
): Promise<Reply | undefined> {
  return await run(talk, { steps, words: wordsOf(values) }, options)
}

/** The interpreter of the step language; `play` for words that are already laid out. */
export async function run(
  talk: Talk,
  { steps, words }: { steps: readonly Step[]; words: Words },
  options: RunOptions,
): Promise<Reply | undefined> {
  if (steps.some((step) => step.tls) && !options.secure)
    throw badArgument('This proxy dialect puts TLS on the connection, and there is none to put on here.')
  // The anonymous password is no secret, and masking it by value would mask `anonymous@host` too.
  const password = words.password === ANONYMOUS_PASSWORD ? undefined : words.password
  talk.redactor.add(password, words.proxyPassword, words.account, words.authResponse)
  // Copies, so that a step object used twice in a list is two steps.
  const scene: Scene = { steps: steps.map((step) => ({ ...step })), talk, words, options, spent: new Set() }
  let before: Played | undefined
  let last: Played | undefined
  for (const step of scene.steps) {
    if (scene.spent.has(step)) continue
    const line = isDue(step, before) ? await lineFor(scene, step, before) : undefined
    before = line && { step, line, reply: await take(scene, step, line) }
    last = before ?? last
  }
  return last && concluded(scene, last)
}

interface Scene {
  readonly steps: readonly Step[]
  readonly talk: Talk
  readonly words: Words
  readonly options: RunOptions
  /** ACCT steps that have answered a 332 before their turn. */
  readonly spent: Set<Step>
}

interface Line {
  readonly line: string
  readonly shown: string
}

/** A command that was sent, and the reply to it. */
interface Outcome {
  readonly attempt: Attempt
  readonly reply: Reply
}

interface Played {
  readonly step: Step
  readonly line: Line
  readonly reply: Reply
}

/** 202 and 23x in answer to USER: no password is needed, and sending one would be a wrong command. */
const LOGGED_IN = [202, 230, 231, 232]

function isDue(step: Step, before: Played | undefined): boolean {
  if (step.when !== undefined) return before !== undefined && matches(step.when, before.reply.code)
  const superfluous = isVerb(step, 'PASS') && before !== undefined && !isVerb(before.step, 'PASS')
  return !(superfluous && LOGGED_IN.includes(before.reply.code))
}

function isVerb(step: Step, verb: string): boolean {
  return step.send.toUpperCase().startsWith(`${verb} `)
}

const SECRETS: readonly Variable[] = ['password', 'proxyPassword', 'account', 'authResponse']

function filled(step: Step, words: Words): Line {
  return {
    line: fillIn(step.send, (name) => words[name] ?? ''),
    shown: fillIn(step.send, (name) => (SECRETS.includes(name) ? MASK : (words[name] ?? ''))),
  }
}

/** The line of a step, with a secret that had to be asked for; undefined when the step is dropped. */
async function lineFor(scene: Scene, step: Step, before: Played | undefined): Promise<Line | undefined> {
  const { words, options } = scene
  const names = variablesIn(step.send)
  const open = names.filter((name) => words[name] === undefined && SECRETS.includes(name) && !isVerb(step, 'ACCT'))
  const asked = open.length > 0 && (before !== undefined || !open.some((name) => isDroppable(step, name)))
  if (asked && options.prompt) return filled(step, { ...words, ...(await prompted(scene, open, before)) })
  const dropped = names.some((name) => !words[name] && isDroppable(step, name))
  if (dropped && !(asked && step.when === '3xx')) return undefined
  const missing = open[0]
  if (missing) throw notGiven(scene, step, { secret: missing, reply: before?.reply })
  return filled(step, words)
}

const SPOKEN: Partial<Record<Variable, string>> = {
  password: 'a password',
  account: 'an account',
  proxyPassword: 'the password for the proxy',
  authResponse: 'a response',
}

function notGiven(
  scene: Scene,
  step: Step,
  { secret, reply }: { secret: Variable; reply: Reply | undefined },
): TransferError {
  const attempt = attemptOf(scene, step)
  const side = PROXYS_OWN.includes(secret) ? 'proxy' : attempt.side
  return wanted({ secret: SPOKEN[secret] ?? secret, reply }, { ...attempt, side }, scene.options)
}

/** The text of a token firewall's challenge goes to the prompt; the answer is used once. */
async function prompted(scene: Scene, names: readonly Variable[], before: Played | undefined): Promise<Words> {
  const { talk, options } = scene
  const answers: Partial<Record<Variable, string>> = {}
  for (const name of names) {
    throwIfAborted(options.signal, 'login')
    const text = printable(talk.redactor.mask(before?.reply.text ?? ''), 1_000)
    const answer = await unlessAborted(Promise.resolve(options.prompt?.(text) ?? ''), options.signal, 'login')
    checkLine(answer, 'answer of the prompt')
    talk.redactor.add(answer)
    answers[name] = answer
  }
  return answers
}

/** Sends one step and answers the reply that settles it. */
async function take(scene: Scene, step: Step, { line, shown }: Line): Promise<Reply> {
  const attempt = attemptOf(scene, step, shown)
  const { secure } = scene.options
  const reply =
    step.tls && secure
      ? await secure(line, certain(step.tls, scene.words))
      : await ask(scene, attempt, { line, routing: routes(scene, step) })
  const settled = await secondWelcome(scene, step, { attempt, reply })
  const expected = step.expect === undefined ? undefined : matches(step.expect, settled.code)
  if (!expected && (settled.code === 332 || settled.code === 532))
    return await giveAccount(scene, step, { attempt, reply: settled })
  if (!(expected ?? isAccepted(settled))) throw refused(settled, attempt, scene.options)
  return settled
}

function isAccepted({ code }: Reply): boolean {
  return code >= 200 && code < 400
}

async function ask(
  scene: Scene,
  attempt: Attempt,
  { line, routing }: { line: string; routing: boolean },
): Promise<Reply> {
  const { signal, routeLimit } = scene.options
  const phase = phaseOf(attempt, scene.options)
  try {
    return await scene.talk.ask(line, {
      signal,
      phase,
      shown: attempt.command,
      limit: routing ? routeLimit : undefined,
    })
  } catch (error) {
    throw lostAt(error, attempt, scene.options)
  }
}

/** Some proxies pass on the server's 220 in reply to USER; the reply to USER follows. */
async function secondWelcome(scene: Scene, step: Step, { attempt, reply }: Outcome): Promise<Reply> {
  const welcome = reply.code === 220 && isVerb(step, 'USER') && routes(scene, step)
  if (!welcome || (step.expect !== undefined && matches(step.expect, 220))) return reply
  const { signal, routeLimit } = scene.options
  try {
    return await scene.talk.listen({ signal, phase: phaseOf(attempt, scene.options), limit: routeLimit })
  } catch (error) {
    throw lostAt(error, attempt, scene.options)
  }
}

/**
 * 332 and 532: the account of the steps that are left, else the server's. In `reach` the server's is not given: it is the proxy
 * that asks there.
 */
async function giveAccount(scene: Scene, step: Step, { attempt, reply: asked }: Outcome): Promise<Reply> {
  const { words, options, spent } = scene
  const account = accountStep(scene, step)
  if (isVerb(step, 'ACCT') || !account) throw refused(asked, attempt, options)
  const missing = variablesIn(account.send).find((name) => !words[name])
  if (missing) throw notGiven(scene, missing === 'account' ? ACCOUNT : account, { secret: missing, reply: asked })
  spent.add(account)
  const { line, shown } = filled(account, words)
  const giving = attemptOf(scene, account, shown)
  const reply = await ask(scene, giving, { line, routing: false })
  if (!isAccepted(reply) || reply.code === 332) throw refused(reply, giving, options)
  return reply
}

const ACCOUNT: Step = { send: 'ACCT ${account}' }

function accountStep({ steps, options, spent }: Scene, after: Step): Step | undefined {
  const left = steps.slice(steps.indexOf(after) + 1).find((step) => isVerb(step, 'ACCT') && !spent.has(step))
  return left ?? (options.part === 'login' ? ACCOUNT : undefined)
}

/** A 3xx at the end is no refusal to dial out: the server requires something more. */
function concluded(scene: Scene, { step, line, reply }: Played): Reply {
  if (reply.code < 300) return reply
  const attempt = attemptOf(scene, step, line.shown)
  const side = attempt.side === 'names-server' && scene.options.part === 'login' ? 'server' : attempt.side
  throw wanted({ secret: 'a password', reply }, { ...attempt, side }, scene.options)
}

const HOST: readonly Variable[] = ['host', 'hostport', 'port']
const SERVERS_OWN: readonly Variable[] = ['user', 'password', 'account']
const PROXYS_OWN: readonly Variable[] = ['proxyUser', 'proxyPassword', 'authId', 'authResponse']

function uses(step: Step, names: readonly Variable[]): boolean {
  return variablesIn(step.send).some((name) => names.includes(name))
}

function attemptOf(scene: Scene, step: Step, command = filled(step, scene.words).shown): Attempt {
  return { command, side: sideOf(scene, step), redactor: scene.talk.redactor }
}

function sideOf({ steps, options }: Scene, step: Step): Attempt['side'] {
  if (uses(step, HOST)) return 'names-server'
  const border = steps.findIndex((each) => uses(each, HOST))
  const early = steps.includes(step) && steps.indexOf(step) < border
  const proxys = uses(step, PROXYS_OWN) && !uses(step, SERVERS_OWN)
  return options.part === 'reach' || early || proxys ? 'proxy' : 'server'
}

/** Whether the proxy may dial out at this step: it names the server, or is the USER that a proxy like jftpgw waits for. */
function routes({ options }: Scene, step: Step): boolean {
  return uses(step, HOST) || (options.proxy !== undefined && isVerb(step, 'USER') && uses(step, ['user']))
}

function certain(tls: NonNullable<Step['tls']>, words: Words): NonNullable<Step['tls']> {
  if (tls.sni === undefined) return tls
  return { ...tls, sni: fillIn(tls.sni, (name) => (name === 'host' ? bare(words.host ?? '') : (words[name] ?? ''))) }
}
