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
  signal: { kind: signal, default: 'none', text: 'Cancels the call: it rejects with `aborted`.' },
} as const

export const TRANSFER: OptionTable<TransferOptions> = {
  verify: {
    kind: verify,
    default: "`connect()`'s, else `false`",
    text: "`true`: compares MD5, else CRC-32, else the size, whichever both sides support first; where there is none, a `warning` event. A list such as `['sha256', 'size']`: the first of these, or `not-supported`.",
  },
  retries: {
    kind: whole(0),
    default: '2',
    text: 'Tries after the first, each after a wait twice as long as the last, half of it by chance, from half a second up to 30. Of a directory each file has as many, and all together draw on 50 that every file that arrives fills again by one.',
  },
  temporary: {
    kind: oneOf('sibling', 'none'),
    default: "`'sibling'`",
    text: "`'sibling'`: writes under a temporary name beside the target and renames in the end; `'none'`: writes under the final name at once.",
  },
  overwrite: {
    kind: oneOf('rename', 'delete-first', 'never'),
    default: "`'rename'`",
    text: "What happens to a target that exists. `'rename'`: the rename replaces it; `'delete-first'`: it is removed just before, for servers that do not rename over a file; `'never'`: rejects with `exists`.",
  },
  resume: {
    kind: flag,
    default: '`false`',
    text: 'Keeps what arrived when the transfer fails, and goes on from what an earlier call left.',
  },
  append: {
    kind: flag,
    default: '`false`',
    text: 'Adds to the end of the target, in place; not verified, not repeated.',
  },
  recursive: {
    kind: flag,
    default: '`false`',
    text: 'The paths are directories: moves everything in them. See [directories](#directories).',
  },
  type: {
    kind: oneOf('binary', 'ascii'),
    default: "`'binary'`, or what `configure()` set",
    text: "`'ascii'`: line ends become the server's, and yours (TYPE A). No size is compared, nothing is verified or resumed.",
  },
  rateLimit: {
    kind: bytesPerSecond,
    default: 'none',
    text: 'Bytes per second for this call, one limit for all files of a directory; `connect({ rateLimit })` holds beside it.',
  },
  segments: {
    kind: whole(1, MOST_SEGMENTS),
    default: '1',
    text: 'Downloads to a local path: up to this many sessions fetch a file together. See [a file in parts](#a-file-in-parts).',
  },
  compress: {
    kind: flag,
    default: '`false`',
    text: "The file is sent as a deflate stream (MODE Z) where the server supports it; where it does not, as it is, and a `warning` (`no-compression`) says so. Not with `resume`, `segments` or `type: 'ascii'`, nor over SFTP. A file is whole when the stream, the reply and the size say so; one that grows beyond its size (or, where that is not known, to 200 times what arrived) is a `mismatch`. Never for uploads to ProFTPD, which damages them.",
  },
  durable: { kind: flag, default: '`false`', text: 'Downloads: fsync before the call resolves.' },
  onProgress: {
    kind: callback,
    default: 'none',
    text: 'Receives `{ path, bytes, total, percent, rate, eta }` about every 250 ms and once at the end; `rate` in bytes per second, `eta` in seconds.',
  },
  signal: {
    kind: signal,
    default: 'none',
    text: "Cancels with `aborted`. The partial file is removed (or kept with `resume`), and the connection goes on. Through an FTP proxy that session is given up instead: the next call opens a fresh one, and an upload's temporary file may stay on the server.",
  },
}
