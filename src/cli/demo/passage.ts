import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type ConnectOptions, connect, type Remote, type TransferEvent } from '../../index.js'

/** The parts of the main job, in their order. */
export const PARTS = ['connect', 'upload', 'verify', 'list', 'download', 'compare'] as const
export type Part = (typeof PARTS)[number]

export interface PassageOptions {
  /** 'ftp+user', 'sftp': what is shown; it also names the files. */
  readonly kind: string
  /** The URL and the login of the server. */
  readonly server: string
  readonly login: { readonly user: string; readonly password: string }
  /** Absent: straight there. */
  readonly proxy?: string
  /** The fingerprint of an SSH server. */
  readonly hostKey?: string
  /** Raw commands that lead through a proxy of type OTHER. */
  readonly commands?: readonly string[]
  readonly directory: string
  /** The local file that is sent. */
  readonly file: string
  readonly signal?: AbortSignal
}

export interface Passage {
  readonly kind: string
  /** What the client said and heard, in order, secrets masked. */
  readonly events: readonly TransferEvent[]
  readonly held: readonly Part[]
  readonly verifiedBy?: string
  /** The part that did not hold, and why. */
  readonly failed?: { readonly part: Part; readonly error: unknown }
  readonly elapsedMs: number
}

/** Does the main job once through one proxy. Never throws: what did not hold is in the answer. */
export async function passThrough(options: PassageOptions): Promise<Passage> {
  const events: TransferEvent[] = []
  const held: Part[] = []
  const began = performance.now()
  let verifiedBy: string | undefined
  let failed: Passage['failed']
  const remote = await attempt(() => open(options, (event) => void events.push(event)))
  try {
    if ('error' in remote) throw remote.error
    held.push('connect')
    const steps = stepsOf(remote.value, options, (method) => {
      verifiedBy = method
    })
    for (const [part, step] of steps) {
      await step()
      held.push(part)
    }
  } catch (error) {
    failed = { part: PARTS[held.length] ?? 'compare', error }
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

/** Through the proxy and logged in: by its dialect, or by hand where the caller has to say everything. */
async function open(options: PassageOptions, observe: ConnectOptions['observe']): Promise<Remote> {
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
  { kind, file, directory }: PassageOptions,
  tell: (method: string | undefined) => void,
): readonly (readonly [Part, () => Promise<void>])[] {
  const name = `by-${kind.replace('+', '-')}.bin`
  const copy = join(directory, `back-${name}`)
  let verifiedBy: string | undefined
  return [
    [
      'upload',
      async () => {
        verifiedBy = (await remote.upload(file, name, { verify: true })).verifiedBy
        tell(verifiedBy)
      },
    ],
    ['verify', async () => hold(verifiedBy !== undefined, 'The upload was not verified.')],
    ['list', async () => hold(await isListed(remote, name, file), 'The file is not in the listing with its size.')],
    ['download', async () => void (await remote.download(name, copy))],
    ['compare', async () => hold(await isSame(file, copy), 'What came back is not what was sent.')],
  ]
}

function hold(condition: boolean, otherwise: string): void {
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
