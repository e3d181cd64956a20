import { copy as copyFile } from '../engine/copy-file.js'
import { together } from '../engine/flow/rate-limit.js'
import { badArgument } from '../errors.js'
import { type OptionTable, path as pathKind, readOptions, readValue } from '../option-checks.js'
import type { TransferOptions, TransferResult } from './options/options.js'
import { TRANSFER } from './options/transfer-table.js'
import { OpenRemote } from './remote/open-remote.js'
import type { Remote } from './remote/remote.js'
import { ownLimit, remotePlace, triesOf } from './remote/transfers.js'

/** One end of a copy from server to server. */
export interface RemoteFileName {
  /** From `connect()`. */
  readonly remote: Remote
  /** The file's path there. */
  readonly path: string
}

/** The options of `copy()`. */
export type CopyOptions = Omit<TransferOptions, 'type' | 'recursive'>

const { type: _, recursive: __, ...taken } = TRANSFER

/** How the options of `copy()` are checked. */
export const COPY: OptionTable<CopyOptions> = taken

/**
 * Copies one file from a server to another (or to another name on the same one) through this machine, without writing to the disk. Both
 * ends hold a session at once, so a copy within one remote needs `pool: { max: 2 }`. The signals and `timeouts.total` of both remotes
 * end it, and their rate limits hold.
 *
 * @param options - The transfer options but `type` and `recursive`. `verify` defaults to that of the target's `connect()`, else of the
 * source's.
 * @throws TransferError As `download()` and `upload()` do; `bad-argument` for a copy within one remote of one session.
 * @example
 * ```ts
 * await copy({ remote: from, path: '/out/a.csv' }, { remote: to, path: '/in/a.csv' }, { verify: true })
 * ```
 */
export async function copy(from: RemoteFileName, to: RemoteFileName, options?: CopyOptions): Promise<TransferResult> {
  const [source, target] = [endOf(from, 'from'), endOf(to, 'to')]
  const { signal: own, ...given } = readOptions(COPY, options)
  const { resume, segments = 1, compress } = given
  if (compress && (resume || segments > 1))
    throw badArgument('compress excludes resume and segments.', 'Leave one of them out.')
  if (source.remote === target.remote && source.remote.connection.parallel < 2) {
    throw badArgument(
      'A copy within one remote needs two sessions.',
      'Connect with pool: { max: 2 }, or use a second remote.',
    )
  }
  const verify = given.verify ?? target.remote.verify ?? source.remote.verify
  const what = `copy(${source.path}, ${target.path})`
  return await source.remote.connection.call(what, own, (one) =>
    target.remote.connection.call(what, one, (signal) => copied(source, target, { ...given, verify, signal })),
  )
}

interface End {
  readonly remote: OpenRemote
  readonly path: string
}

function endOf(given: RemoteFileName, which: 'from' | 'to'): End {
  const { remote, path }: Partial<RemoteFileName> = given ?? {}
  if (!(remote instanceof OpenRemote))
    throw badArgument(
      `The argument '${which}' of copy() has no remote that connect() resolved with.`,
      'Write it like { remote, path }.',
    )
  readValue(pathKind, path, `member 'path' of the argument '${which}' of copy()`)
  return { remote, path: String(path) }
}

async function copied(from: End, to: End, options: CopyOptions): Promise<TransferResult> {
  const { onProgress, rateLimit, retries, compress, ...rest } = options
  const [source, target] = [from.remote.connection, to.remote.connection]
  const fromPath = await source.resolve(from.path, options.signal)
  const toPath = await target.resolve(to.path, options.signal)
  return await copyFile({
    from: remotePlace(source, fromPath, { compress }),
    to: remotePlace(target, toPath, { compress }),
    options: {
      ...rest,
      direction: 'copy',
      retry: triesOf(retries),
      rateLimit: together(ownLimit(rateLimit), source.limiter, target.limiter),
      observe: (event) => {
        target.protocol.observe(event)
        if (event.type === 'progress') onProgress?.(event)
      },
    },
  })
}
