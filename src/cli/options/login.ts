import type { OptionSpec } from './spec.js'

export const LOGIN: readonly OptionSpec[] = [
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
    excludes: ['password-env'],
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
    help: 'The account to send when the server asks for one (ACCT).',
    sets: (account) => ({ connect: { account } }),
  },
  {
    name: 'no-login',
    group: 'command',
    excludes: ['user', 'password-env', 'password-stdin', 'netrc', 'account'],
    help: 'Send no USER: the lines are sent before the login, as a proxy of the kind ftp+other requires.',
    sets: () => ({ connect: { login: false } }),
  },
]
