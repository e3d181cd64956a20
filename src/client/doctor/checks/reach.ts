import { TransferError } from '../../../errors.js'
import { quirksOf } from '../../../ftp/commands/quirks.js'
import { printable } from '../../../printable.js'
import type { Security } from '../../../transport/tls/security-info.js'
import { open } from '../../open.js'
import type { OpenRemote } from '../../remote/open-remote.js'
import type { Plan } from '../../target/plan.js'
import type { Journal } from '../report/journal.js'
import { type Finding, fine, type StepName, type Steps, wrong } from '../report/steps.js'
import { describeProxies, type Subject } from '../report/subject.js'
import { describeSecurity, endsSoon } from './certificate.js'

/** How far a connect without a login came. */
export interface Reached {
  readonly remote?: OpenRemote
  readonly error?: unknown
  readonly began: number
  readonly ended: number
}

/** Connects as asked, up to the login. What goes wrong is answered, not thrown. */
export async function reach(plan: Plan, journal: Journal): Promise<Reached> {
  const began = performance.now()
  try {
    const remote = await openWithoutLogin({ ...plan, observe: journal.observe })
    return { remote, began, ended: performance.now() }
  } catch (error) {
    return { error, began, ended: performance.now() }
  }
}

/** Connects on one session, up to the login. */
export async function openWithoutLogin(plan: Plan): Promise<OpenRemote> {
  const alone = { ...plan, poolMax: undefined }
  return await open(alone.protocol === 'ftp' ? { ...alone, login: false } : alone)
}

/** What TLS settled on a connection that has any. */
export function tlsOf({ security }: OpenRemote): Security | undefined {
  return security && 'reused' in security ? security : undefined
}

/** What is known once the steps up to the login are told. */
export interface Told {
  readonly address?: string
  readonly greeting?: string
  readonly security?: Security
}

/** Tells the steps up to the login from what happened; one that failed skips those behind it. */
export function tellReached(
  reached: Reached,
  { subject, journal, steps }: { readonly subject: Subject; readonly journal: Journal; readonly steps: Steps },
): Told {
  const { began, ended, remote, error } = reached
  const marks = marksOf(journal, subject, ended)
  const bad = remote ? undefined : failedStep(error, marks, subject)
  const security = remote && tlsOf(remote)
  const findings = { marks, subject, security }
  let before = began
  for (const [at, name] of subject.order.entries()) {
    const end = name === bad ? ended : (marks[name] ?? before)
    steps.add(name, end - before, name === bad ? wrong('fail', error) : findingOf(name, findings))
    before = end
    if (name !== bad) continue
    steps.notTried(subject.order.slice(at + 1))
    break
  }
  if (bad !== undefined && !subject.order.includes(bad)) steps.add(bad, ended - before, wrong('fail', error))
  return { address: marks.address, greeting: marks.greets, security }
}

/** When each step was over, in ms; absent for one that was not reached. */
interface Marks extends Partial<Record<StepName, number>> {
  readonly address?: string
  readonly greets?: string
}

function marksOf(journal: Journal, { tls, order, ftpProxy }: Subject, ended: number): Marks {
  const connected = journal.first('connected')
  const greeting = journal.first('reply', ({ code }) => code >= 200 && code < 300)
  const auth = journal.first('command', ({ text }) => text === 'AUTH TLS')
  const afterTls = auth && journal.first('command', ({ text }) => !text.startsWith('AUTH '), auth.at)
  const proxyFirst = order.indexOf('proxy') < order.indexOf('tls')
  const passed = proxyFirst ? (auth?.at ?? ended) : ended
  return {
    connect: connected?.at,
    greeting: greeting?.at,
    tls: tls === 'implicit' ? greeting?.at : (afterTls?.at ?? ended),
    proxy: ftpProxy ? passed : connected?.at,
    address: connected?.event.address,
    greets: greeting && printable(greeting.event.lines.join(' / '), 200),
  }
}

/** Which step an error belongs to: by how far the dialogue had come, and by its phase. */
function failedStep(error: unknown, marks: Marks, { order, ftpProxy }: Subject): StepName {
  const phase = error instanceof TransferError ? error.phase : undefined
  if (marks.connect === undefined)
    return phase === 'proxy' && !ftpProxy && order.includes('proxy') ? 'proxy' : 'connect'
  if (phase === 'tls') return 'tls'
  if (marks.greeting === undefined) return 'greeting'
  return phase === 'proxy' && ftpProxy ? 'proxy' : 'login'
}

interface Findings {
  readonly marks: Marks
  readonly subject: Subject
  readonly security?: Security
}

function findingOf(name: StepName, { marks, subject, security }: Findings): Finding {
  if (name === 'connect') return fine(`Connected to ${marks.address}.`)
  if (name === 'proxy') return fine(`Let through by ${describeProxies(subject)}.`)
  if (name === 'greeting') return fine(`${speakerOf(marks.greets ?? '')} greets: "${marks.greets}"`)
  if (!security) return fine('TLS stands.')
  if (!security.trusted || endsSoon(security)) return { outcome: 'warn', sentence: describeSecurity(security) }
  return fine(describeSecurity(security))
}

function speakerOf(greeting: string): string {
  const { program } = quirksOf(greeting)
  return program === 'unknown' ? 'An FTP server' : program
}
