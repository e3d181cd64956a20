import {
  bytesPerSecond,
  callback,
  either,
  flag,
  listOf,
  type OptionTable,
  oneOf,
  signal,
  whole,
} from '../../option-checks.js'
import type { TransferOptions } from './options.js'

export const HASHES = ['md5', 'sha1', 'sha256', 'sha512', 'crc32'] as const

export const verify = either(
  flag,
  listOf(oneOf(...HASHES, 'size'), `a list of ${HASHES.map((hash) => `'${hash}'`).join(', ')}, 'size'`),
)

/** More sessions for one file than any server allows and any line needs. */
const MOST_SEGMENTS = 64

export const CALL = {
  signal: { kind: signal, default: 'none', text: 'cancels: the call, stream, file or listing ends with `aborted`' },
} as const

export const TRANSFER: OptionTable<TransferOptions> = {
  verify: {
    kind: verify,
    default: "`connect()`'s, else `false`",
    text: "`true`: MD5, else CRC-32, else the size, whichever both sides support first; where there is none, a `warning` event. A list such as `['sha256', 'size']`: the first of these, or `not-supported`",
  },
  retries: {
    kind: whole(0),
    default: '2',
    text: 'tries after the first, each after a wait twice as long as the last, half of it random, from half a second up to 30',
  },
  temporary: {
    kind: oneOf('sibling', 'none'),
    default: "`'sibling'`",
    text: "`'none'`: writes under the final name at once",
  },
  overwrite: {
    kind: oneOf('rename', 'delete-first', 'never'),
    default: "`'rename'`",
    text: "a target that exists is replaced by the rename; `'delete-first'`: removed just before it, for servers that do not rename over a file; `'never'`: `exists`",
  },
  resume: {
    kind: flag,
    default: '`false`',
    text: 'keeps the partial file on failure, and goes on from what an earlier call left',
  },
  append: {
    kind: flag,
    default: '`false`',
    text: 'adds to the end of the target, in place; not verified, not retried',
  },
  recursive: {
    kind: flag,
    default: '`false`',
    text: 'the paths are [directories](#directories)',
  },
  type: {
    kind: oneOf('binary', 'ascii'),
    default: "`'binary'`, or what `configure()` set",
    text: "`'ascii'`: line ends become the server's, and yours (TYPE A). No size is compared, nothing is verified or resumed",
  },
  rateLimit: {
    kind: bytesPerSecond,
    default: 'none',
    text: 'bytes per second for this call, one limit for all files of a directory',
  },
  segments: {
    kind: whole(1, MOST_SEGMENTS),
    default: '1',
    text: 'downloads to a local path: up to this many sessions (64 at most) fetch a file together: [segments](#segments)',
  },
  compress: {
    kind: flag,
    default: '`false`',
    text: 'the file is sent as a deflate stream (MODE Z) where the server supports it: [compression](#compression)',
  },
  durable: { kind: flag, default: '`false`', text: 'downloads: fsync before the call resolves' },
  onProgress: {
    kind: callback,
    default: 'none',
    text: '`({ path, bytes, total, percent, rate, eta })` about every 250 ms and once at the end; `rate` in bytes per second, `eta` in seconds',
  },
  signal: {
    kind: signal,
    default: 'none',
    text: 'cancels: ABOR, the partial file is removed (or kept with `resume`), the connection goes on',
  },
}
