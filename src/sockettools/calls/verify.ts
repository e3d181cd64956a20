import { resolve } from 'node:path'
import { disk, type Entry, type HashName, type Remote, TransferError } from '../../index.js'
import * as C from '../constants/constants.js'
import { Failure, ST_ERROR_LOCAL_FILE, ST_ERROR_NOT_SUPPORTED } from '../constants/errors.js'

export interface Comparison {
  readonly local: string
  readonly remote: string
  /** FTP_VERIFY_…. */
  readonly options: number
  readonly signal: AbortSignal
}

/** In the API's order. */
const METHODS: readonly (readonly [number, HashName | 'size'])[] = [
  [C.FTP_VERIFY_MD5, 'md5'],
  [C.FTP_VERIFY_CRC32, 'crc32'],
  [C.FTP_VERIFY_SIZE, 'size'],
]

/** Compares by the first of the requested methods that the server supports; DEFAULT requests all. */
export async function verifyFile(remote: Remote, comparison: Comparison): Promise<boolean> {
  const { options } = comparison
  const wanted = METHODS.filter(([bit]) => options === C.FTP_VERIFY_DEFAULT || options & bit)
  for (const [, method] of wanted) {
    const there = await onServer(remote, method, comparison)
    if (there === undefined) continue
    return there === (await here(method, comparison))
  }
  throw new Failure(ST_ERROR_NOT_SUPPORTED, 'The server supports none of the requested verification methods.')
}

async function onServer(
  remote: Remote,
  method: HashName | 'size',
  { remote: path, signal }: Comparison,
): Promise<string | undefined> {
  try {
    if (method === 'size') return sizeIn(await remote.stat(path, { signal }), path)
    return await remote.checksum(path, method, { signal })
  } catch (error) {
    if (error instanceof TransferError && error.code === 'not-supported') return undefined
    throw error
  }
}

function sizeIn(entry: Entry | undefined, path: string): string | undefined {
  if (!entry) throw new TransferError('not-found', `There is no '${path}'.`, { phase: 'verify', path })
  return entry.size?.toString()
}

async function here(method: HashName | 'size', { local, signal }: Comparison): Promise<string> {
  const store = disk()
  const path = resolve(local)
  if (method !== 'size' && store.checksum) return await store.checksum(path, method, { signal })
  const entry = await store.stat(path, { signal })
  if (entry?.size !== undefined) return String(entry.size)
  throw new Failure(ST_ERROR_LOCAL_FILE, `There is no '${local}'.`)
}
