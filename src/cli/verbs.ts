import { OPTIONS, type OptionGroup, type OptionSpec } from './options/options.js'
import type { Context } from './work/context.js'

/** Runs one verb; resolves with an exit code when it is not 0. */
export type Run = (context: Context) => Promise<number | undefined>

/** One verb of the command line: the parser, `--help` and docs/CLI.md read this. */
export interface Verb {
  readonly name: string
  /** The words after the verb, for the help. */
  readonly words: string
  /** Least and most number of words. */
  readonly count: readonly [number, number]
  readonly summary: string
  readonly details: string
  readonly options: readonly (OptionGroup | { readonly only: string })[]
  readonly load: () => Promise<{ readonly run: Run }>
}

const MANY = Number.POSITIVE_INFINITY
const REMOTE: Verb['options'] = ['login', 'connection', 'tls', 'ssh', 'output']

export const VERBS: readonly Verb[] = [
  {
    name: 'ls',
    words: 'URL',
    count: [1, 1],
    summary: 'List a directory.',
    details:
      'Prints type and permissions, bytes, time and name. A time with Z is UTC, one without is as the server wrote it. Lines that could not be parsed are shown as unreadable and counted on the standard error.',
    options: REMOTE,
    load: () => import('./commands/ls.js'),
  },
  {
    name: 'get',
    words: 'URL... [LOCAL]',
    count: [1, MANY],
    summary: 'Download files.',
    details:
      "LOCAL is a file, a directory that exists, a directory to be made (it ends in '/') or '-' for the standard output. Without it the file goes into the current directory under its own name. Several URLs go into a directory: LOCAL, or the current one. With --recursive, LOCAL becomes the copy of the directory; when it ends in '/' or is '.', the copy goes into it under its own name.",
    options: [...REMOTE, 'tree', 'transfer', 'download'],
    load: () => import('./commands/get.js'),
  },
  {
    name: 'put',
    words: 'LOCAL... URL',
    count: [2, MANY],
    summary: 'Upload files.',
    details:
      "LOCAL '-' is the standard input. A URL that ends in '/' is a directory that the files go into under their own names; so is the URL when there are several files. With --recursive, the URL becomes the copy of the directory; when it ends in '/', the copy goes into it.",
    options: [...REMOTE, 'tree', 'transfer'],
    load: () => import('./commands/put.js'),
  },
  {
    name: 'cat',
    words: 'URL...',
    count: [1, MANY],
    summary: 'Write files to the standard output.',
    details: 'With --json the lines go to the standard error.',
    options: [...REMOTE, { only: 'ascii' }, { only: 'limit-rate' }],
    load: () => import('./commands/cat.js'),
  },
  {
    name: 'rm',
    words: 'URL...',
    count: [1, MANY],
    summary: 'Remove files.',
    details: 'With --recursive also directories with everything in them.',
    options: [...REMOTE, 'tree'],
    load: () => import('./commands/rm.js'),
  },
  {
    name: 'mkdir',
    words: 'URL...',
    count: [1, MANY],
    summary: 'Make directories.',
    details: 'The directory above must exist, unless -p is given.',
    options: [...REMOTE, 'mkdir'],
    load: () => import('./commands/mkdir.js'),
  },
  {
    name: 'mv',
    words: 'URL NEWPATH',
    count: [2, 2],
    summary: 'Rename or move on the server.',
    details:
      "NEWPATH is a path on the same server, relative to the login directory or absolute when it begins with '/'. When it ends in '/' the name stays.",
    options: REMOTE,
    load: () => import('./commands/mv.js'),
  },
  {
    name: 'stat',
    words: 'URL',
    count: [1, 1],
    summary: 'Show the attributes of one file or directory.',
    details: 'Links are not followed.',
    options: REMOTE,
    load: () => import('./commands/stat.js'),
  },
  {
    name: 'command',
    words: 'URL LINE...',
    count: [2, MANY],
    summary: 'Send raw FTP commands and print the replies.',
    details:
      'The lines are sent one after the other after the login (with --no-login: in place of it); at the first reply of class 4 or 5 it stops with exit code 6. The URL has no path. Commands that need a data connection do not work here.',
    options: [...REMOTE, 'command'],
    load: () => import('./commands/command.js'),
  },
  {
    name: 'doctor',
    words: 'URL',
    count: [1, 1],
    summary: 'Diagnose the connection to a server, and say what to change.',
    details:
      'Goes step by step: name, connection, greeting, TLS, proxy, login, features, passive and active data, keep-alive, verification. Each step is ok, warn (what was asked for works without it), fail or skipped. A verdict in words ends it. A password goes only to a peer that greeted as FTP and, where TLS was asked for, showed a certificate that is trusted, also with --insecure. Exit code 0 when the server can be used as asked, else the one of the step that failed.',
    options: [...REMOTE, 'doctor'],
    load: () => import('./commands/doctor.js'),
  },
  {
    name: 'demo',
    words: '',
    count: [0, 0],
    summary: 'Run a transfer through an embedded server behind each kind of proxy, and over SFTP.',
    details:
      'Starts a server and one proxy of each of the five types on loopback, and an SFTP server; over each of them logs in, uploads, verifies, lists, downloads and compares. Exit code 0 only when every step succeeded.',
    options: [{ only: 'json' }, { only: 'quiet' }],
    load: () => import('./commands/demo.js'),
  },
  {
    name: 'serve',
    words: '[DIR]',
    count: [0, 1],
    summary: 'Serve a directory by FTP or SFTP, for a quick exchange.',
    details:
      'Serves DIR, or the current directory, on loopback until it is interrupted. Without --password-env or --password-stdin it generates a password and prints it. With --sftp it prints the fingerprint of its host key too.',
    options: [
      'serve',
      { only: 'user' },
      { only: 'password-env' },
      { only: 'password-stdin' },
      { only: 'json' },
      { only: 'quiet' },
    ],
    load: () => import('./commands/serve.js'),
  },
]

/** Returns the options of a verb, in the order of the table. */
export function optionsOf({ options }: Verb): readonly OptionSpec[] {
  return OPTIONS.filter(({ name, group }) =>
    options.some((one) => (typeof one === 'string' ? one === group : one.only === name)),
  )
}
