import type { ConnectOptions, TransferOptions } from '../../index.js'

/** Where secrets come from: never from the command line itself. */
export interface SecretSources {
  readonly passwordEnv?: string
  readonly passwordStdin?: boolean
  /** The file to read; '' for the one in the home directory. */
  readonly netrc?: string
  readonly proxyPasswordEnv?: string
  readonly tlsPassphraseEnv?: string
  readonly identityPassphraseEnv?: string
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
  readonly serve: {
    readonly host?: string
    readonly port?: number
    readonly readOnly?: boolean
    /** SFTP instead of FTP. */
    readonly sftp?: boolean
  }
  readonly doctor: { readonly write?: boolean; readonly probeProxy?: boolean }
}

export type OptionGroup =
  | 'login'
  | 'command'
  | 'connection'
  | 'tls'
  | 'ssh'
  | 'transfer'
  | 'download'
  | 'tree'
  | 'mkdir'
  | 'serve'
  | 'doctor'
  | 'output'

/** One flag of the command line: the parser, `--help` and docs/CLI.md read this. */
export interface OptionSpec {
  /** The long name without its dashes; it is unique. */
  readonly name: string
  readonly short?: string
  /** What stands behind the flag: 'NAME', or '[NAME]' when it can be left out (then it is written `--flag=NAME`). */
  readonly argument?: string
  /** A word behind a flag with an optional argument that is taken as its value although no '=' stands between. */
  readonly takes?: RegExp
  /** Flags that say the opposite: both on one command line are refused. */
  readonly excludes?: readonly string[]
  readonly repeat?: true
  readonly group: OptionGroup
  readonly help: string
  /** What it sets; `text` is the argument ('' without one), `all` every argument of a repeated flag. Throws `bad-argument`. */
  readonly sets: (text: string, all: readonly string[]) => Partial<Settings>
}

export const GROUP_TITLES: Readonly<Record<OptionGroup, string>> = {
  login: 'Who logs in',
  command: 'Who logs in',
  connection: 'The connection',
  tls: 'TLS',
  ssh: 'SSH (sftp://)',
  transfer: 'The transfer',
  download: 'Downloads',
  tree: 'Directories',
  mkdir: 'New directories',
  serve: 'The server',
  doctor: 'The diagnosis',
  output: 'Output',
}
