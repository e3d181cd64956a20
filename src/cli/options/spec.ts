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

/** The settings of one command line. */
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
  /** The argument: 'NAME', or '[NAME]' when it is optional (then it is written `--flag=NAME`). */
  readonly argument?: string
  /** Words after a flag with an optional argument that are its value even without a '='. */
  readonly takes?: RegExp
  /** Flags that it excludes: both on one command line are refused. */
  readonly excludes?: readonly string[]
  readonly repeat?: true
  readonly group: OptionGroup
  readonly help: string
  /** Returns the settings; `text` is the argument ('' without one), `all` every argument of a repeated flag. Throws `bad-argument`. */
  readonly sets: (text: string, all: readonly string[]) => Partial<Settings>
}

export const GROUP_TITLES: Readonly<Record<OptionGroup, string>> = {
  login: 'Login',
  command: 'Login',
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
