import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type ConnectOptions, connect, type Remote, type TransferEvent } from '../../index.js'

/** The steps of the scenario, in order. */
export const STEPS = ['connect', 'upload', 'verify', 'list', 'download', 'compare'] as const
export type Step = (typeof STEPS)[number]

export interface ScenarioOptions {
  /** 'ftp+user', 'sftp': the heading; it also names the files. */
  readonly kind: string
  /** The URL of the server, and the login there. */
  readonly server: string
  readonly login: { readonly user: string; readonly password: string }
  /** Absent: a direct connection. */
  readonly proxy?: string
  /** The fingerprint of an SSH server. */
  readonly hostKey?: string
  /** Raw commands that sign on at a proxy of type OTHER. */
  readonly commands?: readonly string[]
  readonly directory: string
  /** The local file to upload. */
  readonly file: string
  readonly signal?: AbortSignal
}

export interface ScenarioResult {
  readonly kind: string
  /** The events of the run, in order, secrets masked. */
  readonly events: readonly TransferEvent[]
  readonly held: readonly Step[]
  readonly verifiedBy?: string
  /** The step that failed, and why. */
  readonly failed?: { readonly step: Step; readonly error: unknown }
  readonly elapsedMs: number
}

/** Runs the scenario once over one route. Never rejects: a failure is in the result. */
export async function runScenario(options: ScenarioOptions): Promise<ScenarioResult> {
  const events: TransferEvent[] = []
  const held: Step[] = []
  const began = performance.now()
  let verifiedBy: string | undefined
  let failed: ScenarioResult['failed']
  const remote = await attempt(() => open(options, (event) => void events.push(event)))
  try {
    if ('error' in remote) throw remote.error
    held.push('connect')
    const steps = stepsOf(remote.value, options, (method) => {
      verifiedBy = method
    })
    for (const [step, run] of steps) {
      await run()
      held.push(step)
    }
  } catch (error) {
    failed = { step: STEPS[held.length] ?? 'compare', error }
  }
  if ('value' in remote) await remote.value.close()
  return { kind: options.kind, events, held, verifiedBy, failed, elapsedMs: performance.now() - began }
}

async function attempt<T>(work: () => Promise<T>): Promise<{ value: T } | { error: unknown }> {
  try {
    return { value: await work() }
  } catch (error) {
    return { error }
  }
}

/** Resolves with a session that is logged in: by the proxy's dialect, or by raw commands for a proxy of type OTHER. */
async function open(options: ScenarioOptions, observe: ConnectOptions['observe']): Promise<Remote> {
  const { server, proxy = false as const, hostKey, login, commands, signal } = options
  const ssh = hostKey === undefined ? {} : { hostKey: { fingerprint: hostKey }, sshConfig: false }
  const base: ConnectOptions = { proxy, observe, signal, ...ssh }
  if (!commands) return await connect(server, { ...base, ...login })
  const remote = await connect(server, { ...base, login: false })
  try {
    for (const line of commands) {
      const { code, text } = await remote.session.command(line)
      if (code >= 400) throw new Error(`The proxy refused ${line}: ${code} ${text}`)
    }
    await remote.login(login)
    return remote
  } catch (error) {
    await remote.close()
    throw error
  }
}

function stepsOf(
  remote: Remote,
  { kind, file, directory }: ScenarioOptions,
  report: (method: string | undefined) => void,
): readonly (readonly [Step, () => Promise<void>])[] {
  const name = `by-${kind.replace('+', '-')}.bin`
  const copy = join(directory, `back-${name}`)
  let verifiedBy: string | undefined
  return [
    [
      'upload',
      async () => {
        verifiedBy = (await remote.upload(file, name, { verify: true })).verifiedBy
        report(verifiedBy)
      },
    ],
    ['verify', async () => check(verifiedBy !== undefined, 'The upload was not verified.')],
    ['list', async () => check(await isListed(remote, name, file), 'The file is not in the listing with its size.')],
    ['download', async () => void (await remote.download(name, copy))],
    ['compare', async () => check(await isSame(file, copy), 'The downloaded file differs from the uploaded one.')],
  ]
}

function check(condition: boolean, otherwise: string): void {
  if (!condition) throw new Error(otherwise)
}

async function isListed(remote: Remote, name: string, file: string): Promise<boolean> {
  const { length } = await readFile(file)
  let found = false
  for await (const entry of remote.list()) found ||= entry.name === name && entry.size === length
  return found
}

async function isSame(one: string, other: string): Promise<boolean> {
  const [a, b] = await Promise.all([readFile(one), readFile(other)])
  return a.equals(b)
}
