import { readChoice, readChoices, readRate, readWhole } from './read-value.js'
import type { OptionSpec } from './spec.js'

const VERIFY_METHODS = ['md5', 'sha1', 'sha256', 'sha512', 'crc32', 'size'] as const

export const TRANSFER: readonly OptionSpec[] = [
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
    help: "What to do with an existing target: 'rename' over it (default), 'delete-first', or 'never'.",
    sets: (text) => ({
      transfer: { overwrite: readChoice(text, '--overwrite', ['rename', 'delete-first', 'never'] as const) },
    }),
  },
  {
    name: 'resume',
    group: 'transfer',
    help: 'Continue where an earlier attempt stopped, if it is proved to be the same file.',
    sets: () => ({ transfer: { resume: true } }),
  },
  {
    name: 'compress',
    group: 'transfer',
    excludes: ['resume', 'segments', 'ascii'],
    help: 'Compress the transfer (MODE Z) where the server supports it; a warning tells when it does not.',
    sets: () => ({ transfer: { compress: true } }),
  },
  {
    name: 'append',
    group: 'transfer',
    help: 'Add to the end of the target.',
    sets: () => ({ transfer: { append: true } }),
  },
  {
    name: 'retries',
    argument: 'N',
    group: 'transfer',
    help: 'Retry a temporary failure up to N times, after an increasing delay. Default: 2.',
    sets: (text) => ({ transfer: { retries: readWhole(text, '--retries', { low: 0, high: 1_000 }) } }),
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
    name: 'segments',
    argument: 'N',
    group: 'download',
    excludes: ['ascii', 'append', 'no-temporary'],
    help: 'Fetch each large file over up to N sessions at once (at most --parallel, where given). Default: 1.',
    sets: (text) => ({ transfer: { segments: readWhole(text, '--segments', { low: 1, high: 64 }) } }),
  },
]
