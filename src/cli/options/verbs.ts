import { readWhole } from './read-value.js'
import type { OptionSpec } from './spec.js'

/** Options that one verb alone has. */
export const VERBS_OWN: readonly OptionSpec[] = [
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
    name: 'sftp',
    group: 'serve',
    help: 'Serve SFTP instead of FTP, with a host key that is made up now; its fingerprint is printed. Nothing else of SSH is offered.',
    sets: () => ({ serve: { sftp: true } }),
  },
  {
    name: 'read-only',
    group: 'serve',
    help: 'Refuse everything that changes something.',
    sets: () => ({ serve: { readOnly: true } }),
  },
  {
    name: 'write',
    group: 'doctor',
    help: 'Try data with 1 KiB there and back, under a temporary name in the directory, which is removed again. Default: list only.',
    sets: () => ({ doctor: { write: true } }),
  },
  {
    name: 'probe-proxy',
    group: 'doctor',
    help: 'When an FTP proxy refuses, find out which kinds it reacts to, with a made-up user and no password.',
    sets: () => ({ doctor: { probeProxy: true } }),
  },
]
