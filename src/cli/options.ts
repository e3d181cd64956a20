import type { ConnectOptions, TransferOptions } from '../index.js'
import { readChoice, readChoices, readPorts, readRate, readSeconds, readWhole } from './read-value.js'

/** Where secrets come from: never from the command line itself. */
export interface SecretSources {
  readonly passwordEnv?: string
  readonly passwordStdin?: boolean
  /** The file to read; '' for the one in the home directory. */
  readonly netrc?: string
  readonly proxyPasswordEnv?: string
}

/** What the flags of one command line say. */
export interface Settings {
  readonly connect: ConnectOptions
  readonly transfer: TransferOptions
  readonly secrets: SecretSources
  readonly json?: boolean
  readonly quiet?: boolean
  readonly verbose?: boolean
  /** mkdir: make the parents too. */
  readonly parents?: boolean
  readonly serve: { readonly host?: string; readonly port?: number; readonly readOnly?: boolean }
}

export type OptionGroup = 'login' | 'connection' | 'transfer' | 'tree' | 'mkdir' | 'serve' | 'output'

/** One flag of the command line: the parser, `--help` and docs/CLI.md read this. */
export interface OptionSpec {
  /** The long name without its dashes; it is unique. */
  readonly name: string
  readonly short?: string
  /** What stands behind the flag: 'NAME', or '[NAME]' when it can be left out (then it is written `--flag=NAME`). */
  readonly argument?: string
  /** A word behind a flag with an optional argument that is taken as its value although no '=' stands between. */
  readonly takes?: RegExp
  readonly repeat?: true
  readonly group: OptionGroup
  readonly help: string
  /** What it sets; `text` is the argument ('' without one), `all` every argument of a repeated flag. Throws `bad-argument`. */
  readonly sets: (text: string, all: readonly string[]) => Partial<Settings>
}

export const GROUP_TITLES: Readonly<Record<OptionGroup, string>> = {
  login: 'Who logs in',
  connection: 'The connection',
  transfer: 'The transfer',
  tree: 'Directories',
  mkdir: 'New directories',
  serve: 'The server',
  output: 'Output',
}

const VERIFY_METHODS = ['md5', 'sha1', 'sha256', 'sha512', 'crc32', 'size'] as const

export const OPTIONS: readonly OptionSpec[] = [
  {
    name: 'user',
    argument: 'NAME',
    group: 'login',
    help: 'User name; it wins over the one in the URL. Default: anonymous.',
    sets: (user) => ({ connect: { user } }),
  },
  {
    name: 'password-env',
    argument: 'NAME',
    group: 'login',
    help: 'Take the password from this environment variable.',
    sets: (passwordEnv) => ({ secrets: { passwordEnv } }),
  },
  {
    name: 'password-stdin',
    group: 'login',
    help: 'Take the password from the first line of the standard input.',
    sets: () => ({ secrets: { passwordStdin: true } }),
  },
  {
    name: 'netrc',
    argument: '[FILE]',
    takes: /netrc$/,
    group: 'login',
    help: 'Look up user, password and account by host in ~/.netrc, or in FILE (--netrc=FILE).',
    sets: (netrc) => ({ secrets: { netrc } }),
  },
  {
    name: 'account',
    argument: 'NAME',
    group: 'login',
    help: 'What to answer when the server asks for an account (ACCT).',
    sets: (account) => ({ connect: { account } }),
  },
  {
    name: 'proxy',
    argument: 'URL',
    repeat: true,
    group: 'connection',
    help: 'FTP proxy on the way, such as ftp+user://gate:2121 or ftp+login://me@gate. Its kinds are in docs/PROXIES.md.',
    sets: (proxy, all) => ({ connect: { proxy: all.length > 1 ? all : proxy } }),
  },
  {
    name: 'proxy-password-env',
    argument: 'NAME',
    group: 'connection',
    help: "Take the proxy's password from this environment variable; its user stands in the proxy's URL.",
    sets: (proxyPasswordEnv) => ({ secrets: { proxyPasswordEnv } }),
  },
  {
    name: 'active',
    group: 'connection',
    help: 'Let the server open the data connections (PORT, EPRT). Default: passive.',
    sets: () => ({ connect: { dataMode: 'active' } }),
  },
  {
    name: 'active-ports',
    argument: 'A-B',
    group: 'connection',
    help: 'Local ports to offer in active mode, such as 50000-50100; it switches active mode on.',
    sets: (text) => ({ connect: { dataMode: 'active', activePorts: readPorts(text, '--active-ports') } }),
  },
  {
    name: 'passive-address',
    argument: 'MODE',
    group: 'connection',
    help: "Which address passive mode dials: 'control' (the host we are connected to; default), 'reply' (what the server says) or 'auto'.",
    sets: (text) => ({
      connect: { passiveAddress: readChoice(text, '--passive-address', ['control', 'reply', 'auto'] as const) },
    }),
  },
  {
    name: 'timeout',
    argument: 'S',
    group: 'connection',
    help: 'Give up when connecting, a reply or the next bytes take longer than S seconds. Default: 15 to connect, 30 else.',
    sets: (text) => {
      const limit = readSeconds(text, '--timeout')
      return { connect: { timeouts: { connect: limit, reply: limit, idle: limit } } }
    },
  },
  {
    name: 'encoding',
    argument: 'NAME',
    group: 'connection',
    help: 'Charset of the names on the server, such as latin1. Default: UTF-8.',
    sets: (encoding) => ({ connect: { encoding } }),
  },
  {
    name: 'recursive',
    short: 'r',
    group: 'tree',
    help: 'A directory with everything in it.',
    sets: () => ({ transfer: { recursive: true } }),
  },
  {
    name: 'verify',
    argument: '[METHODS]',
    takes: new RegExp(`^(?:${VERIFY_METHODS.join('|')})(?:,(?:${VERIFY_METHODS.join('|')}))*$`),
    group: 'transfer',
    help: `Compare what arrived with what was sent: MD5, else CRC-32, else the size; or the first that the server has of a list of ${VERIFY_METHODS.join(', ')} (--verify=sha256,md5).`,
    sets: (text) => ({ transfer: { verify: text === '' || readChoices(text, '--verify', VERIFY_METHODS) } }),
  },
  {
    name: 'ascii',
    group: 'transfer',
    help: 'Convert line ends (TYPE A). Proves nothing; for text only.',
    sets: () => ({ transfer: { type: 'ascii' } }),
  },
  {
    name: 'no-temporary',
    group: 'transfer',
    help: 'Write under the final name at once instead of beside it with a rename in the end.',
    sets: () => ({ transfer: { temporary: 'none' } }),
  },
  {
    name: 'overwrite',
    argument: 'MODE',
    group: 'transfer',
    help: "What to do with a target that exists: 'rename' over it (default), 'delete-first', or 'never'.",
    sets: (text) => ({
      transfer: { overwrite: readChoice(text, '--overwrite', ['rename', 'delete-first', 'never'] as const) },
    }),
  },
  {
    name: 'resume',
    group: 'transfer',
    help: 'Go on where an earlier try stopped, when it is proved to be the same file.',
    sets: () => ({ transfer: { resume: true } }),
  },
  {
    name: 'append',
    group: 'transfer',
    help: 'Add to the end of the target.',
    sets: () => ({ transfer: { append: true } }),
  },
  {
    name: 'limit-rate',
    argument: 'N',
    group: 'transfer',
    help: 'At most N bytes per second: 500k, 2M (k and M count by 1,024).',
    sets: (text) => ({ transfer: { rateLimit: readRate(text, '--limit-rate') } }),
  },
  {
    name: 'parallel',
    argument: 'N',
    group: 'transfer',
    help: 'Use up to N sessions at once, for several files. Default: 1.',
    sets: (text) => ({ connect: { pool: { max: readWhole(text, '--parallel', { low: 1, high: 64 }) } } }),
  },
  {
    name: 'parents',
    short: 'p',
    group: 'mkdir',
    help: 'Make the directories above it too, and take one that exists for done.',
    sets: () => ({ parents: true }),
  },
  {
    name: 'host',
    argument: 'ADDRESS',
    group: 'serve',
    help: 'Address to listen on. Default: 127.0.0.1, which only this machine reaches.',
    sets: (host) => ({ serve: { host } }),
  },
  {
    name: 'port',
    argument: 'N',
    group: 'serve',
    help: 'Port to listen on. Default: any that is free.',
    sets: (text) => ({ serve: { port: readWhole(text, '--port', { low: 0, high: 65535 }) } }),
  },
  {
    name: 'read-only',
    group: 'serve',
    help: 'Refuse everything that changes something.',
    sets: () => ({ serve: { readOnly: true } }),
  },
  {
    name: 'json',
    group: 'output',
    help: 'One JSON object a line on the standard output; see "JSON lines" in docs/CLI.md.',
    sets: () => ({ json: true }),
  },
  {
    name: 'quiet',
    short: 'q',
    group: 'output',
    help: 'No progress and no summary; errors and warnings stay.',
    sets: () => ({ quiet: true }),
  },
  {
    name: 'verbose',
    short: 'v',
    group: 'output',
    help: 'What goes over the control connection, on the standard error; secrets are masked.',
    sets: () => ({ verbose: true }),
  },
]
