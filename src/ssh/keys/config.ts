import { readFile } from 'node:fs/promises'
import { homedir, userInfo } from 'node:os'
import { join } from 'node:path'
import type SSHConfig from 'ssh-config'
import { badArgument, TransferError } from '../../errors.js'
import { fromHome, isMissing } from './host-keys.js'

/** The settings of one host in an ssh_config(5) file. Absent: not set. */
export interface HostConfig {
  readonly host?: string
  readonly port?: number
  readonly user?: string
  /** IdentityFile; missing files are skipped, as ssh does. */
  readonly identityFiles?: readonly string[]
  /** IdentitiesOnly: the agent is not used. */
  readonly identitiesOnly?: boolean
  /** UserKnownHostsFile. */
  readonly knownHosts?: readonly string[]
  /** ProxyJump, nearest first. */
  readonly jumps?: readonly JumpHost[]
}

export interface JumpHost extends Omit<HostConfig, 'jumps'> {
  readonly host: string
}

/**
 * Reads the settings of a host from ~/.ssh/config (or `file`): Host and Match sections with HostName, Port, User, IdentityFile,
 * IdentitiesOnly, UserKnownHostsFile and ProxyJump. Commands (Match exec, ProxyCommand) are never run, and Include is not followed. A
 * missing default file sets nothing. Rejects with `bad-argument` for a file or a value that cannot be read.
 */
export async function hostConfig(host: string, file: boolean | string = true): Promise<HostConfig> {
  if (file === false) return {}
  const text = await textOf(file)
  if (text === undefined) return {}
  const { default: SshConfigFile } = await import('ssh-config')
  try {
    return configOf(host, SshConfigFile.parse(text))
  } catch (cause) {
    if (cause instanceof TransferError) throw cause
    // The package's own texts name no line.
    const where = file === true ? '~/.ssh/config' : file
    throw badArgument(
      `The SSH configuration ${where} cannot be read: a line of it has no value, or a quotation mark without its other half.`,
      'Correct it (ssh -G HOST names the line), or set sshConfig: false, which reads none.',
    )
  }
}

function configOf(host: string, config: SSHConfig): HostConfig {
  const found = (name: string): Found => config.compute(name, { ignoreCase: true, matchExec: false })
  const own = found(host)
  const jumps = words(own['proxyjump'])
    .flatMap((word) => word.split(','))
    .filter((word) => word !== '' && word.toLowerCase() !== 'none')
  return { ...settings(host, own), ...(jumps.length > 0 && { jumps: jumps.map((jump) => jumpHost(jump, found)) }) }
}

type Found = Readonly<Record<string, string | readonly string[]>>

async function textOf(file: true | string): Promise<string | undefined> {
  const path = file === true ? join(homedir(), '.ssh', 'config') : fromHome(file)
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (file === true && isMissing(error)) return undefined
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    throw badArgument(`The SSH configuration ${path} cannot be read: ${reason}.`, 'sshConfig: false reads none.')
  }
}

function settings(host: string, found: Found): HostConfig {
  const name = first(found['hostname'])
  const port = first(found['port'])
  const user = first(found['user'])
  const all = { host: name?.replaceAll('%h', host), port: port === undefined ? undefined : portOf(port, host), user }
  const expanded = (value: Found[string] | undefined): string[] =>
    words(value).map((path) => expand(path, { h: all.host ?? host, r: user ?? userInfo().username }))
  const identityFiles = expanded(found['identityfile'])
  const knownHosts = expanded(found['userknownhostsfile'])
  return {
    ...Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)),
    ...(identityFiles.length > 0 && { identityFiles }),
    ...(knownHosts.length > 0 && { knownHosts }),
    ...(first(found['identitiesonly'])?.toLowerCase() === 'yes' && { identitiesOnly: true }),
  }
}

function portOf(text: string, host: string): number {
  const port = Number(text)
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port
  throw badArgument(`The SSH configuration has Port ${text} for ${host}, which is not a port number.`)
}

/** Parses [user@]host[:port] or ssh://…; what is left out comes from the configuration of that host. */
function jumpHost(text: string, found: (host: string) => Found): JumpHost {
  const [, user, bracketed, plain, port] =
    /^(?:ssh:\/\/)?(?:(.+)@)?(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?\/?$/.exec(text.trim()) ?? []
  const name = bracketed ?? plain
  if (name === undefined) throw badArgument(`The SSH configuration has ProxyJump ${text}, which is not a host.`)
  const configured = settings(name, found(name))
  return {
    ...configured,
    host: configured.host ?? name,
    ...(user !== undefined && { user }),
    ...(port !== undefined && { port: portOf(port, name) }),
  }
}

/** Expands the tokens of ssh_config(5) that apply to a path. */
function expand(path: string, { h, r }: { h: string; r: string }): string {
  const tokens: Readonly<Record<string, string>> = { '%': '%', d: homedir(), h, r, u: userInfo().username }
  return fromHome(path.replace(/%(.)/g, (whole, token: string) => tokens[token] ?? whole))
}

function words(value: Found[string] | undefined): readonly string[] {
  if (value === undefined) return []
  return typeof value === 'string' ? [value] : value
}

function first(value: Found[string] | undefined): string | undefined {
  return words(value)[0]
}
