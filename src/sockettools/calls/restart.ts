import { type FileHandle, open } from 'node:fs/promises'
import { type RemoteFile, TransferError } from '../../index.js'
import type { Client } from '../client/client.js'
import * as C from '../constants/constants.js'
import { Failure, invalid, ST_ERROR_LOCAL_FILE, ST_ERROR_VERIFICATION_FAILED } from '../constants/errors.js'
import { verifyFile } from './verify.js'

/** A file whose first `offset` bytes exist on both sides. */
export interface Rest {
  readonly local: string
  readonly remote: string
  readonly offset: number
  readonly signal: AbortSignal
}

/** Bytes that are moved at a time. */
const PART = 1024 * 1024

/** Continues a download into a local file; what it had after the offset is replaced. */
export async function getRest(client: Client, rest: Rest): Promise<void> {
  const { local, remote, offset, signal } = rest
  await onDisk(local, 'r+', async (disk) => {
    const { size } = await disk.stat()
    if (size < offset) throw invalid(`dwOffset is ${offset}, but '${local}' has only ${size} bytes.`)
    const options = { from: offset, type: client.typeFor(remote), verify: false, signal }
    const end = await over(await client.remote.open(remote, 'r', options), async (file) => {
      let at = offset
      for (let part = await file.read(PART); part.length > 0; part = await file.read(PART)) {
        await disk.write(part, 0, part.length, at)
        at = moved(client, at + part.length)
      }
      return at
    })
    await disk.truncate(end)
  })
  await verifyWhole(client, rest)
}

/** Sends a local file from the offset on, to the same offset of the remote file. */
export async function putRest(client: Client, rest: Rest): Promise<void> {
  const { local, remote, offset, signal } = rest
  await onDisk(local, 'r', async (disk) => {
    const options = { from: offset, type: client.typeFor(remote), verify: false, signal }
    await over(await client.remote.open(remote, 'w', options), async (file) => {
      const buffer = Buffer.allocUnsafe(PART)
      let at = offset
      for (let got = await readAt(disk, buffer, at); got.length > 0; got = await readAt(disk, buffer, at)) {
        await file.write(got)
        at = moved(client, at + got.length)
      }
    })
  })
  await verifyWhole(client, rest)
}

/** Closes a remote file, which confirms it, or aborts it when the work on it fails. */
async function over<T>(file: RemoteFile, work: (file: RemoteFile) => Promise<T>): Promise<T> {
  try {
    const result = await work(file)
    await file.close()
    return result
  } catch (error) {
    await file.cancel()
    throw error
  }
}

/** Works on a local file; an error of Node becomes a Failure. */
async function onDisk(path: string, flags: string, work: (disk: FileHandle) => Promise<void>): Promise<void> {
  let disk: FileHandle | undefined
  try {
    disk = await open(path, flags)
    await work(disk)
  } catch (error) {
    throw error instanceof Failure || error instanceof TransferError ? error : localFailure(path, error)
  } finally {
    await disk?.close()
  }
}

export function localFailure(path: string, cause: unknown): Failure {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new Failure(ST_ERROR_LOCAL_FILE, `'${path}' cannot be used: ${reason}.`, { cause })
}

async function readAt(disk: FileHandle, buffer: Buffer, at: number): Promise<Buffer> {
  const { bytesRead } = await disk.read(buffer, 0, buffer.length, at)
  return buffer.subarray(0, bytesRead)
}

/** Updates the progress of the running transfer. */
export function moved(client: Client, at: number): number {
  client.running?.at(at)
  client.emit(C.FTP_EVENT_PROGRESS)
  return at
}

/** Compares the whole file after a restart, including the part that existed before. */
async function verifyWhole(client: Client, rest: Rest): Promise<void> {
  const { local, remote } = rest
  if (!client.plan.parsed.connection.verify || client.typeFor(remote) === 'ascii') return
  if (await verifyFile(client.remote, { ...rest, options: C.FTP_VERIFY_DEFAULT })) return
  throw new Failure(ST_ERROR_VERIFICATION_FAILED, `'${remote}' is not the same as '${local}' after the restart.`)
}
