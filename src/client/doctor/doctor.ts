import { TransferError, throwIfAborted } from '../../errors.js'
import { readOptions } from '../../option-checks.js'
import { prepare } from '../open.js'
import { fetched, reveal } from '../options/secret.js'
import { FtpProtocol } from '../protocol/ftp.js'
import type { OpenRemote } from '../remote/open-remote.js'
import { type Plan, resolve } from '../target/plan.js'
import { describeTarget } from '../target/url.js'
import { DataCheck } from './checks/data.js'
import { probeDialects } from './checks/dialects.js'
import { lookCloser } from './checks/look.js'
import { lookUp } from './checks/name.js'
import { reach, tellReached } from './checks/reach.js'
import { lookAtSftp } from './checks/sftp.js'
import { DIAGNOSE, type DiagnoseOptions } from './diagnose-options.js'
import type { Diagnosis } from './diagnosis.js'
import { Journal } from './report/journal.js'
import { type Finding, fine, type StepName, Steps } from './report/steps.js'
import { type Subject, subjectOf } from './report/subject.js'
import { verdictOf } from './verdict.js'

export type { DialectProbe } from './checks/dialects.js'
export type { DiagnoseOptions } from './diagnose-options.js'
export type { Diagnosis } from './diagnosis.js'
export type { DiagnosisStep, Outcome, StepName } from './report/steps.js'

const AFTER_LOGIN: readonly StepName[] = ['features', 'epsv', 'pasv', 'active', 'data', 'keep-alive', 'verification']

/** What diagnose() does; see there. */
export async function examine(url: string, options: DiagnoseOptions | undefined): Promise<Diagnosis> {
  const { write = false, probeProxy = false, onStep, ...connectOptions } = readOptions(DIAGNOSE, options)
  const plan = resolve(url, connectOptions, process.env)
  const { signal } = plan
  throwIfAborted(signal, 'connect')
  const subject = await subjectOf(await revealed(plan))
  await prepare(subject.plan)
  const patient = new Patient(subject, { write, probeProxy }, new Steps(onStep, signal))
  try {
    await patient.examine()
  } finally {
    await patient.close()
  }
  throwIfAborted(signal, 'command')
  return patient.diagnosis()
}

/** Every secret that is fetched, fetched once: several connections are made. */
async function revealed(plan: Plan): Promise<Plan> {
  const { signal } = plan
  if (plan.protocol === 'sftp') {
    const { password } = plan.auth
    if (typeof password !== 'function') return plan
    const known = await fetched(() => password(plan.user ?? ''), 'password', signal)
    return { ...plan, auth: { ...plan.auth, password: known } }
  }
  const { user, password, account } = plan.credentials
  const credentials = {
    user,
    password: await reveal(password, 'password', signal),
    account: await reveal(account, 'account', signal),
  }
  return { ...plan, credentials }
}

type Found = { -readonly [K in keyof Diagnosis]?: Diagnosis[K] }

/** One diagnosis on its way: the connection it made and what it has found so far. */
class Patient {
  readonly #subject: Subject
  readonly #wishes: { readonly write: boolean; readonly probeProxy: boolean }
  readonly #steps: Steps
  readonly #journal: Journal
  readonly #found: Found = {}
  #remote: OpenRemote | undefined
  #data: DataCheck | undefined

  constructor(subject: Subject, wishes: { readonly write: boolean; readonly probeProxy: boolean }, steps: Steps) {
    this.#subject = subject
    this.#wishes = wishes
    this.#steps = steps
    this.#journal = new Journal(subject.plan.observe)
  }

  /** The steps, in their order, up to the first that the others need and that fails. */
  async examine(): Promise<void> {
    await this.#name()
    if (this.#subject.plan.protocol === 'sftp') return await this.#sftp()
    const remote = this.#steps.failed ? undefined : await this.#reach()
    const usable = remote !== undefined && (await this.#login(remote))
    if (remote && usable) await this.#inside(remote)
    else this.#skipRest()
    await this.#probe()
  }

  async #sftp(): Promise<void> {
    if (this.#steps.failed) return this.#steps.notTried(['connect', 'host-key', 'login', 'data'])
    const { write } = this.#wishes
    const found = await lookAtSftp(this.#subject, { write, journal: this.#journal, steps: this.#steps })
    Object.assign(this.#found, Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined)))
  }

  async close(): Promise<void> {
    await this.#data?.tidy()
    await this.#remote?.close()
  }

  diagnosis(): Diagnosis {
    const { made, failed } = this.#steps
    const { plan, withholds } = this.#subject
    const passivePorts = [...(this.#data?.ports ?? [])]
    const { dialects } = this.#found
    const mode = plan.protocol === 'ftp' ? plan.data.mode : 'passive'
    const verdict = verdictOf({ steps: made, mode, ports: passivePorts, dialects, withheld: withholds })
    return {
      url: describeTarget({ ...plan.target, user: userOf(plan) }),
      usable: failed === undefined,
      steps: made,
      verdict,
      ...(failed?.error && { error: failed.error }),
      addresses: [],
      features: [],
      ...this.#found,
      ...(this.#data?.sessionReused !== undefined && { sessionReused: this.#data.sessionReused }),
      passivePorts,
      learned: this.#journal.learned,
      checksums: this.#data?.checksums ?? [],
    }
  }

  async #name(): Promise<void> {
    const { nearest, plan } = this.#subject
    await this.#steps.take('name', 'fail', async () => {
      const { addresses, ...finding } = await lookUp(nearest, { limit: plan.limits.connect, signal: plan.signal })
      this.#found.addresses = addresses
      return finding
    })
  }

  async #reach(): Promise<OpenRemote | undefined> {
    const { plan } = this.#subject
    const first = await reach(plan, this.#journal)
    this.#remote = first.remote
    throwIfAborted(plan.signal, 'connect')
    // What a proxy's dialect cannot carry is found out only now, still before anything is dialled.
    if (first.error instanceof TransferError && first.error.code === 'bad-argument') throw first.error
    const { reached, security } = await lookCloser(first, this.#subject)
    const told = tellReached(reached, {
      subject: this.#subject,
      journal: this.#journal,
      steps: this.#steps,
    })
    const known = { ...told, ...(security && { security }) }
    Object.assign(this.#found, Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined)))
    return this.#remote
  }

  /** Whether the rest can be tried. */
  async #login(remote: OpenRemote): Promise<boolean> {
    const { plan } = this.#subject
    if (plan.protocol === 'ftp' && !plan.login) {
      this.#steps.skip(['login'], 'Left out, as asked.')
      return false
    }
    const user = userOf(plan) ?? 'anonymous'
    await this.#steps.take('login', 'fail', async () => {
      await remote.login(undefined, { signal: plan.signal })
      return fine(`Logged in as ${user}.`)
    })
    return this.#steps.failed === undefined
  }

  async #inside(remote: OpenRemote): Promise<void> {
    const { signal } = this.#subject.plan
    const steps = this.#steps
    this.#features(remote)
    const data = new DataCheck({
      connection: remote.connection,
      protocol: ftpProtocolOf(remote),
      journal: this.#journal,
      write: this.#wishes.write,
      signal,
    })
    this.#data = data
    if (await this.#entered(data)) {
      for (const way of ['EPSV', 'PASV', 'active'] as const) await data.try(way, steps)
      await data.asAsked(steps)
    }
    await steps.take('keep-alive', 'warn', () => keepAlive(remote, signal))
    if (steps.failed) steps.notTried(['verification'])
    else await data.verify(steps)
  }

  /** Changes to the directory; a failure is reported by the data step, which needs it. */
  async #entered(data: DataCheck): Promise<boolean> {
    try {
      await data.enter()
      return true
    } catch (error) {
      this.#steps.notTried(['epsv', 'pasv', 'active'])
      await this.#steps.take('data', 'fail', () => Promise.reject(error))
      return false
    }
  }

  #features(remote: OpenRemote): void {
    const { features } = remote.capabilities
    const asked = this.#journal.first('command', ({ text }) => text === 'FEAT')
    const answered = asked && this.#journal.first('reply', () => true, asked.at)
    const sentence =
      features.length > 0
        ? `${features.length} are listed: ${features.join(', ')}.`
        : 'The server does not say what it can do.'
    this.#found.features = features
    this.#steps.add('features', asked && answered ? answered.at - asked.at : 0, fine(sentence))
  }

  #skipRest(): void {
    const { made } = this.#steps
    const names = [...this.#subject.order, 'login' as const, ...AFTER_LOGIN]
    const left = names.filter((name) => !made.some((step) => step.name === name))
    this.#steps.notTried(left, this.#steps.failed ? undefined : 'it needs a login')
  }

  async #probe(): Promise<void> {
    const { failed } = this.#steps
    const { ftpProxy } = this.#subject
    if (!this.#wishes.probeProxy || !ftpProxy || !failed) return
    if (failed.name !== 'proxy' && failed.name !== 'login') return
    await this.#remote?.close()
    this.#found.dialects = await probeDialects(this.#subject)
  }
}

function ftpProtocolOf({ connection }: OpenRemote): FtpProtocol {
  if (connection.protocol instanceof FtpProtocol) return connection.protocol
  throw new TypeError('this examination is of FTP servers')
}

function userOf(plan: Plan): string | undefined {
  return plan.protocol === 'ftp' ? plan.credentials.user : plan.user
}

async function keepAlive(remote: OpenRemote, signal: AbortSignal | undefined): Promise<Finding> {
  const { code, text } = await remote.session.command('NOOP', { signal })
  if (code < 300) return fine('NOOP is answered.')
  const error = new TransferError('not-supported', `NOOP is answered with ${code}.`, {
    phase: 'command',
    reply: { code, text },
  })
  return { outcome: 'warn', sentence: error.message, error }
}
