import { randomBytes } from 'node:crypto'
import { TransferError } from '../../../errors.js'
import { open } from '../../open.js'
import type { SshSecurity } from '../../options/options.js'
import type { Remote } from '../../remote/remote.js'
import type { Journal } from '../report/journal.js'
import { type Finding, fine, type StepName, type Steps } from '../report/steps.js'
import { describeProxies, type Subject } from '../report/subject.js'

/** What was found out about an SFTP server. */
export interface SftpFound {
  readonly address?: string
  readonly security?: SshSecurity
}

/** The steps behind the name, in their order. */
const STEPS: readonly StepName[] = ['proxy', 'connect', 'host-key', 'login', 'data']

/** Looks at an SFTP server: the way to it, its host key, the login, and 1 KiB there and back (or a listing). Leaves nothing there. */
export async function lookAtSftp(
  subject: Subject,
  { write, journal, steps }: { write: boolean; journal: Journal; steps: Steps },
): Promise<SftpFound> {
  const { plan, tunnels } = subject
  const order = STEPS.filter((name) => name !== 'proxy' || tunnels.length > 0)
  const began = performance.now()
  let remote: Remote
  try {
    remote = await open({ ...plan, observe: journal.observe, poolMax: undefined })
  } catch (error) {
    const connected = journal.first('connected')
    const bad = failedStep(error, connected !== undefined, order)
    for (const name of order.slice(0, order.indexOf(bad))) steps.add(name, 0, fine(PASSED[name] ?? ''))
    await steps.take(bad, 'fail', () => Promise.reject(error))
    steps.notTried(order.slice(order.indexOf(bad) + 1))
    return { address: connected?.event.address }
  }
  try {
    const address = journal.first('connected')?.event.address
    const security = sshOf(remote)
    for (const name of order) {
      if (name === 'data') await steps.take('data', 'fail', () => dataFinding(remote, subject, write))
      else
        steps.add(name, name === 'login' ? performance.now() - began : 0, finding(name, { subject, address, security }))
    }
    return { address, security }
  } finally {
    await remote.close()
  }
}

function sshOf({ security }: Remote): SshSecurity | undefined {
  return security?.protocol === 'SSH-2.0' && 'hostKey' in security ? security : undefined
}

const PASSED: Partial<Record<StepName, string>> = {
  proxy: 'Let through.',
  connect: 'The server answers.',
  'host-key': 'The host key is trusted.',
}

function failedStep(error: unknown, connected: boolean, order: readonly StepName[]): StepName {
  const { code, phase } = error instanceof TransferError ? error : { code: undefined, phase: undefined }
  if (phase === 'proxy' && order.includes('proxy')) return 'proxy'
  if (code === 'host-key') return 'host-key'
  return phase === 'login' && connected ? 'login' : 'connect'
}

function finding(
  name: StepName,
  { subject, address, security }: { subject: Subject; address?: string; security?: SshSecurity },
): Finding {
  if (name === 'proxy') return fine(`Let through by ${describeProxies(subject)}.`)
  if (name === 'connect')
    return fine(`Connected to ${address}: ${security?.keyExchange}, ${security?.cipher}, MAC ${security?.mac}.`)
  if (name === 'login') return fine('Logged in.')
  const { type, fingerprint, trustedBy } = security?.hostKey ?? { type: '', fingerprint: '', trustedBy: '' }
  const sentence = `${type} ${fingerprint}, trusted by: ${trustedBy}.`
  return trustedBy === 'any' ? { outcome: 'warn', sentence } : fine(sentence)
}

async function dataFinding(remote: Remote, { plan }: Subject, write: boolean): Promise<Finding> {
  const { signal } = plan
  if (!write) {
    let entries = 0
    for await (const _ of remote.list('.', { signal })) entries++
    return fine(`The directory can be listed: ${entries} ${entries === 1 ? 'entry' : 'entries'}.`)
  }
  const path = `.sallyport-doctor-${randomBytes(6).toString('hex')}`
  const content = randomBytes(1024)
  try {
    await remote.writeFile(path, content, { temporary: 'none', overwrite: 'never', signal })
    const got = await remote.readFile(path, { signal })
    if (got.equals(content)) return fine('1 KiB went there and back.')
    throw new TransferError('mismatch', 'What came back is not what was sent.', { phase: 'verify', path })
  } finally {
    if (await remote.exists(path)) await remote.remove(path)
  }
}
