import { copy as copyFile } from '../engine/copy-file.js'
import { together } from '../engine/flow/rate-limit.js'
import { badArgument } from '../errors.js'
import type { TransferOptions, TransferResult } from './options/options.js'
import { OpenRemote } from './remote/open-remote.js'
import type { Remote } from './remote/remote.js'
import { ownLimit, remotePlace, triesOf } from './remote/transfers.js'

/** One end of a copy from server to server. */
export interface RemoteFileName {
  readonly remote: Remote
  readonly path: string
}

/**
 * Copies one file from a server to another (or to another name on the same one) through this machine; nothing touches the disk.
 * Both ends are leased at once, so a copy within one remote needs `pool: { max: 2 }`.
 */
export async function copy(
  from: RemoteFileName,
  to: RemoteFileName,
  options: TransferOptions = {},
): Promise<TransferResult> {
  const [source, target] = [connectionOf(from), connectionOf(to)]
  if (source === target && source.parallel < 2) {
    throw badArgument(
      'A copy within one remote needs two sessions.',
      'Connect with pool: { max: 2 }, or use a second remote.',
    )
  }
  const { type: _, recursive: __, onProgress, rateLimit, retries, compress, ...rest } = options
  if (compress && (rest.resume || (rest.segments ?? 1) > 1))
    throw badArgument('compress excludes resume and segments.', 'Leave one of them out.')
  const [fromPath, toPath] = [
    await source.resolve(from.path, options.signal),
    await target.resolve(to.path, options.signal),
  ]
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

function connectionOf({ remote }: RemoteFileName): OpenRemote['connection'] {
  if (remote instanceof OpenRemote) return remote.connection
  throw badArgument('copy() takes remotes that connect() answered.')
}
