import { printable } from '../../printable.js'
import { fromHome, home, ownName } from '../keys/files.js'
import { applies, type Subject } from './match.js'
import { badLine, type ConfigLine, readConfig } from './parse.js'

/** The settings of one host in an ssh_config(5) file. Absent: not set. */
export interface HostConfig {
  readonly host?: string
  readonly port?: number
  readonly user?: string
  /** IdentityFile; missing files are skipped, as ssh does. */
  readonly identityFiles?: readonly string[]
  /** IdentitiesOnly: only the keys of IdentityFile are taken out of the agent. */
  readonly identitiesOnly?: boolean
  /** IdentityAgent: the agent's socket; false: none. */
  readonly agent?: string | false
  /** UserKnownHostsFile. */
  readonly knownHosts?: readonly string[]
  /** HostKeyAlias: the name that the host key is looked up by. */
  readonly keyName?: string
  /** StrictHostKeyChecking accept-new. */
  readonly acceptNew?: boolean
  /** ProxyJump, nearest first: the jump hosts of the first one precede it. */
  readonly jumps?: readonly JumpHost[]
}

export interface JumpHost extends Omit<HostConfig, 'jumps'> {
  readonly host: string
}

export interface HostConfigOptions {
  /** true: ~/.ssh/config; a path; false: none. */
  readonly file?: boolean | string
  /** The user that the caller named: Match user looks at it. */
  readonly user?: string
  /** Gets a sentence for each line that cannot be obeyed. */
  readonly warn?: (message: string) => void
}

/**
 * Reads the settings of a host from ~/.ssh/config (or another file): Host, Match and Include with HostName, Port, User, IdentityFile,
 * IdentitiesOnly, IdentityAgent, UserKnownHostsFile, HostKeyAlias, StrictHostKeyChecking and ProxyJump. Commands (Match exec,
 * ProxyCommand) are never run; a line that changes the way or the login and cannot be obeyed is reported to `warn`. Rejects with
 * `bad-argument` for a file or a value that cannot be read, and for jump hosts that lead to each other.
 */
export async function hostConfig(host: string, options: HostConfigOptions = {}): Promise<HostConfig> {
  const { file = true, user, warn = () => {} } = options
  if (file === false) return {}
  const lines = await readConfig(file, warn)
  if (lines.length === 0) return {}
  const reader: Reader = { lines, warn: once(warn) }
  const own = found(reader, host, user)
  const jumps = jumpsOf(reader, own, [host.toLowerCase()])
  return { ...settings(own), ...(jumps.length > 0 && { jumps }) }
}

interface Reader {
  readonly lines: readonly ConfigLine[]
  readonly warn: (message: string) => void
}

function once(warn: (message: string) => void): (message: string) => void {
  const told = new Set<string>()
  return (message) => {
    if (told.has(message)) return
    told.add(message)
    warn(message)
  }
}

/** The lines that apply to one host; the first of each keyword counts, but for IdentityFile. */
interface Found {
  readonly asked: string
  readonly user: string | undefined
  readonly lines: ReadonlyMap<string, readonly ConfigLine[]>
}

function found({ lines, warn }: Reader, asked: string, user: string | undefined): Found {
  const kept = new Map<string, ConfigLine[]>()
  const localUser = ownName()
  for (const line of lines) {
    const value = (keyword: string): string | undefined => kept.get(keyword)?.[0]?.words[0]
    const host = value('hostname')?.replaceAll('%h', asked) ?? asked
    const subject: Subject = { asked, host, user: user ?? value('user'), localUser }
    if (!applies(line, subject)) continue
    const before = kept.get(line.keyword)
    if (!before) kept.set(line.keyword, [line])
    else if (line.keyword === 'identityfile') before.push(line)
  }
  const result = { asked, user, lines: kept }
  for (const message of notObeyed(result)) warn(message)
  return result
}

/** Returns a sentence for each line that changes the route or the login and is not obeyed. */
function notObeyed({ lines }: Found): string[] {
  const line = (keyword: string): ConfigLine | undefined => lines.get(keyword)?.[0]
  const messages: string[] = []
  const command = line('proxycommand')
  if (command && !line('proxyjump') && !isNone(command) && jumpInCommand(command) === undefined)
    messages.push(
      `${command.at}: ProxyCommand is not run; the connection goes without it. Name a proxy, or use ProxyJump.`,
    )
  const strict = line('stricthostkeychecking')
  if (strict && /^(no|off)$/i.test(strict.words[0] ?? ''))
    messages.push(
      `${strict.at}: StrictHostKeyChecking ${strict.words[0]} is not obeyed: host keys that are not known are refused unless hostKey.accept says otherwise.`,
    )
  for (const keyword of ['certificatefile', 'pkcs11provider', 'securitykeyprovider']) {
    const other = line(keyword)
    if (other && !isNone(other)) messages.push(`${other.at}: ${keyword} is not supported and was passed over.`)
  }
  return messages
}

function isNone({ words }: ConfigLine): boolean {
  return words[0]?.toLowerCase() === 'none'
}

function settings({ asked, user, lines }: Found): HostConfig {
  const value = (keyword: string): string | undefined => lines.get(keyword)?.[0]?.words[0]
  const host = value('hostname')?.replaceAll('%h', asked)
  const port = lines.get('port')?.[0]
  const login = value('user')
  const tokens = { h: host ?? asked, r: user ?? login }
  const paths = (keyword: string): string[] =>
    (lines.get(keyword) ?? []).flatMap((line) =>
      line.words.filter((word) => word !== 'none').map((word) => expand(word, tokens, line)),
    )
  const [identityFiles, knownHosts] = [paths('identityfile'), paths('userknownhostsfile')]
  const agent = agentOf(lines.get('identityagent')?.[0], tokens)
  return {
    ...(host !== undefined && { host }),
    ...(port && { port: portOf(port) }),
    ...(login !== undefined && { user: login }),
    ...(identityFiles.length > 0 && { identityFiles }),
    ...(knownHosts.length > 0 && { knownHosts }),
    ...(agent !== undefined && { agent }),
    ...(value('hostkeyalias') !== undefined && { keyName: value('hostkeyalias') }),
    ...(value('stricthostkeychecking')?.toLowerCase() === 'accept-new' && { acceptNew: true }),
    ...(value('identitiesonly')?.toLowerCase() === 'yes' && { identitiesOnly: true }),
  }
}

function agentOf(line: ConfigLine | undefined, tokens: Tokens): HostConfig['agent'] {
  const word = line?.words[0]
  if (line === undefined || word === undefined) return undefined
  if (isNone(line)) return false
  if (word === 'SSH_AUTH_SOCK') return undefined // the default
  const variable = /^\$(?:\{(\w+)\}|(\w+))$/.exec(word)
  if (variable) return process.env[variable[1] ?? variable[2] ?? ''] || false
  return expand(word, tokens, line)
}

function portOf({ words, at }: ConfigLine): number {
  const port = Number(words[0])
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port
  throw badLine(at, `Port ${printable(words[0] ?? '', 40)} is not a port number`)
}

/** Returns the jump hosts of a host, nearest first. Like ssh, looks up the jump hosts of the first one only. */
function jumpsOf(reader: Reader, host: Found, trail: readonly string[]): JumpHost[] {
  const line = host.lines.get('proxyjump')?.[0]
  const command = host.lines.get('proxycommand')?.[0]
  const words = line ? (isNone(line) ? [] : line.words.flatMap((word) => word.split(','))) : inCommand(command)
  const at = (line ?? command)?.at ?? ''
  return words
    .filter((word) => word !== '')
    .flatMap((word, index) => {
      const { name, user, port } = jumpNamed(word, at)
      if (trail.includes(name.toLowerCase()))
        throw badLine(at, `the jump hosts lead to each other: ${[...trail, name].join(' → ')}`)
      const own = found(reader, name, user)
      const before = index === 0 ? jumpsOf(reader, own, [...trail, name.toLowerCase()]) : []
      const said = settings(own)
      const jump = { ...said, host: said.host ?? name, ...(user !== undefined && { user }), ...(port && { port }) }
      return [...before, jump]
    })
}

function inCommand(command: ConfigLine | undefined): string[] {
  const jump = command && jumpInCommand(command)
  return jump === undefined ? [] : [jump]
}

/** `ssh -W %h:%p HOST`, in either order, is what ProxyJump is short for. */
function jumpInCommand({ words }: ConfigLine): string | undefined {
  const text = words.join(' ')
  const [, first, second] =
    /^(?:\S*\/)?ssh(?: -q)?(?: -W %h:%p(?: -q)? ([^-\s]\S*)| ([^-\s]\S*)(?: -q)? -W %h:%p)$/.exec(text) ?? []
  return first ?? second
}

/** Parses [user@]host[:port] or ssh://…. */
function jumpNamed(text: string, at: string): { name: string; user?: string; port?: number } {
  const [, user, bracketed, plain, port] =
    /^(?:ssh:\/\/)?(?:(.+)@)?(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?\/?$/.exec(text.trim()) ?? []
  const name = bracketed ?? plain
  if (name === undefined) throw badLine(at, `${printable(text, 80)} is not a jump host`)
  return {
    name,
    user,
    port: port === undefined ? undefined : portOf({ keyword: 'port', words: [port], at, under: [] }),
  }
}

interface Tokens {
  readonly h: string
  readonly r: string | undefined
}

/** Expands the tokens of ssh_config(5) that apply to a path. */
function expand(path: string, { h, r }: Tokens, { at }: ConfigLine): string {
  const tokens: Readonly<Record<string, () => string | undefined>> = {
    '%': () => '%',
    d: home,
    h: () => h,
    r: () => r ?? ownName(),
    u: ownName,
  }
  const expanded = path.replace(/%(.)/g, (whole, token: string) => {
    const value = tokens[token]
    const text = value ? value() : whole
    if (text !== undefined) return text
    throw badLine(at, `${whole} has no value here, as this process has no passwd entry`)
  })
  return fromHome(expanded)
}
