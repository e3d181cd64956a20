import { readWhole } from './read-value.js'
import type { OptionSpec } from './spec.js'

/** Options of a single verb. */
export const VERB_OPTIONS: readonly OptionSpec[] = [
  {
    name: 'parents',
    short: 'p',
    group: 'mkdir',
    help: 'Create parent directories too; an existing directory is no error.',
    sets: () => ({ parents: true }),
  },
  {
    name: 'host',
    argument: 'ADDRESS',
    group: 'serve',
    help: 'Address to listen on. Default: 127.0.0.1, reachable only from this machine.',
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
    name: 'sftp',
    group: 'serve',
    help: 'Serve SFTP instead of FTP, with a host key generated at the start; its fingerprint is printed. No other SSH service is offered.',
    sets: () => ({ serve: { sftp: true } }),
  },
  {
    name: 'read-only',
    group: 'serve',
    help: 'Refuse every change.',
    sets: () => ({ serve: { readOnly: true } }),
  },
  {
    name: 'write',
    group: 'doctor',
    help: 'Test the data connection by uploading and downloading 1 KiB under a temporary name in the directory, which is removed again. Default: list only.',
    sets: () => ({ doctor: { write: true } }),
  },
  {
    name: 'probe-proxy',
    group: 'doctor',
    help: 'When an FTP proxy refuses, find out which kinds it accepts, with a made-up user and no password.',
    sets: () => ({ doctor: { probeProxy: true } }),
  },
]
