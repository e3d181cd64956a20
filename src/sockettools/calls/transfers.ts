import { readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Client } from '../client/client.js'
import { Progress } from '../client/progress.js'
import * as C from '../constants/constants.js'
import {
  Failure,
  invalid,
  ST_ERROR_BUFFER_TOO_SMALL,
  ST_ERROR_UNSAFE_NAME,
  ST_ERROR_VERIFICATION_FAILED,
} from '../constants/errors.js'
import { anyText, bytes, COMPLETES, call, oneOf, reserved, text, textOrNull, whole } from './call.js'
import { listed } from './entries.js'
import { matches } from './mask.js'
import { getRest, localFailure, moved, putRest, type Rest } from './restart.js'
import { verifyFile } from './verify.js'

/** Bytes that are read at a time. */
const PART = 1024 * 1024

const GET = { status: C.FTP_STATUS_GETFILE, completes: COMPLETES }
const PUT = { status: C.FTP_STATUS_PUTFILE, completes: COMPLETES }
const COMPLETE = 226

const LOCAL = text('lpszLocalFile')
const REMOTE = text('lpszRemoteFile')
const OFFSET = whole('dwOffset')

export const transferCalls = {
  FtpGetFile: call<[string, string, number, number]>({
    takes: [LOCAL, REMOTE, oneOf('dwOptions', C.FTP_TRANSFER_DEFAULT), OFFSET],
    ...GET,
    run: (client, [local, remote, , offset], { signal }) =>
      transfer(client, { local, remote }, () => getFile(client, { local, remote, offset, signal })),
  }),

  FtpPutFile: call<[string, string, number, number]>({
    takes: [LOCAL, REMOTE, oneOf('dwOptions', C.FTP_TRANSFER_DEFAULT, C.FTP_TRANSFER_APPEND), OFFSET],
    ...PUT,
    run: (client, [local, remote, options, offset], { signal }) =>
      transfer(client, { local, remote }, () => putFile(client, { local, remote, options, offset, signal })),
  }),

  FtpGetData: call<[string, number, number]>({
    takes: [REMOTE, whole('lpdwLength.value'), reserved('dwReserved')],
    gives: ['lpvBuffer', 'lpdwLength'],
    ...GET,
    async run(client, [remote, most], { signal }) {
      let content: Uint8Array = new Uint8Array()
      const { result } = await transfer(client, { local: '', remote }, async () => {
        content = await contentOf(client, remote, { most, signal })
      })
      return { result, out: [{ value: content }, { value: content.length }] }
    },
  }),

  FtpPutData: call<[string, Uint8Array, number, number]>({
    takes: [REMOTE, bytes('lpvBuffer'), whole('dwLength'), reserved('dwReserved')],
    ...PUT,
    async run(client, [remote, content, length], { signal }) {
      if (length > content.length) throw invalid(`dwLength is ${length}, but lpvBuffer has ${content.length} bytes.`)
      return await transfer(client, { local: '', remote }, async () => {
        await client.remote.upload(content.subarray(0, length), remote, { ...uploadOptions(client, remote), signal })
      })
    },
  }),

  FtpGetText: call<[string, number]>({
    takes: [REMOTE, whole('nMaxLength', 1)],
    gives: ['lpszBuffer'],
    ...GET,
    async run(client, [remote, most], { signal }) {
      let value = ''
      await transfer(client, { local: '', remote }, async () => {
        // A character of UTF-8 has four bytes at most.
        const content = await contentOf(client, remote, { most: most * 4, type: client.textType, signal })
        value = Buffer.from(content).toString('utf8')
        if (value.length > most) throw tooSmall(most, 'characters')
      })
      return { result: value.length, out: [{ value }] }
    },
  }),

  FtpPutText: call<[string, string]>({
    takes: [REMOTE, anyText('lpszBuffer')],
    ...PUT,
    run: (client, [remote, content], { signal }) =>
      transfer(client, { local: '', remote }, async () => {
        const options = { temporary: 'none', type: client.textType, signal } as const
        await client.remote.upload(Buffer.from(content, 'utf8'), remote, options)
      }),
  }),

  FtpGetMultipleFiles: call<[string, string | null, string | null, number]>({
    takes: [
      text('lpszLocalDirectory'),
      textOrNull('lpszRemoteDirectory'),
      textOrNull('lpszFileMask'),
      reserved('dwReserved'),
    ],
    ...GET,
    async run(client, [localDirectory, remoteDirectory, mask], { signal }) {
      const entries = await listed(client, remoteDirectory, { mask, signal })
      for (const { name } of entries.filter(({ type }) => type === 'file')) {
        const remote = remoteDirectory ? `${remoteDirectory}/${name}` : name
        const local = join(localDirectory, safe(name))
        await transfer(client, { local, remote }, () => getFile(client, { local, remote, offset: 0, signal }))
      }
      return { result: client.code(COMPLETE) }
    },
  }),

  FtpPutMultipleFiles: call<[string, string | null, string | null, number]>({
    takes: [
      text('lpszLocalDirectory'),
      textOrNull('lpszRemoteDirectory'),
      textOrNull('lpszFileMask'),
      reserved('dwReserved'),
    ],
    ...PUT,
    async run(client, [localDirectory, remoteDirectory, mask], { signal }) {
      const names = await localFiles(localDirectory)
      for (const name of names.filter((one) => matches(mask, one))) {
        const local = join(localDirectory, name)
        const remote = remoteDirectory ? `${remoteDirectory}/${name}` : name
        const given = { local, remote, options: C.FTP_TRANSFER_DEFAULT, offset: 0, signal }
        await transfer(client, { local, remote }, () => putFile(client, given))
      }
      return { result: client.code(COMPLETE) }
    },
  }),

  FtpVerifyFile: call<[string, string, number]>({
    takes: [LOCAL, REMOTE, whole('dwOptions', 0, C.FTP_VERIFY_SIZE | C.FTP_VERIFY_CRC32 | C.FTP_VERIFY_MD5)],
    failure: false,
    async run(client, [local, remote, options], { signal }) {
      const same = await verifyFile(client.remote, { local, remote, options, signal })
      if (same) return { result: true }
      throw new Failure(ST_ERROR_VERIFICATION_FAILED, `'${remote}' is not the same as '${local}'.`)
    },
  }),
}

/** Tracks one transfer; resolves with the reply that completed it. */
async function transfer(
  client: Client,
  { local, remote }: { local: string; remote: string },
  work: () => Promise<void>,
): Promise<{ result: number }> {
  const progress = new Progress(local, remote)
  client.running = progress
  try {
    await work()
    progress.end()
    client.progress = progress
    return { result: client.code(COMPLETE) }
  } finally {
    client.running = undefined
    client.emit(C.FTP_EVENT_CLOSEFILE)
  }
}

async function getFile(client: Client, one: Rest): Promise<void> {
  const { local, remote, offset, signal } = one
  if (offset > 0) await getRest(client, one)
  else await client.remote.download(remote, local, { type: client.typeFor(remote), signal })
}

async function putFile(client: Client, { options, ...one }: Rest & { readonly options: number }): Promise<void> {
  const { local, remote, offset, signal } = one
  const append = options === C.FTP_TRANSFER_APPEND
  if (append && offset > 0) throw invalid('dwOffset and FTP_TRANSFER_APPEND contradict each other.')
  if (offset > 0) await putRest(client, one)
  else await client.remote.upload(local, remote, { ...uploadOptions(client, remote), append, signal })
}

/** Uploads are stored under their own name at once: a server may forbid renaming. */
function uploadOptions(client: Client, remote: string) {
  return { temporary: 'none', type: client.typeFor(remote) } as const
}

async function localFiles(directory: string): Promise<string[]> {
  try {
    const entries = await readdir(directory, { withFileTypes: true })
    return entries.filter((entry) => entry.isFile()).map(({ name }) => name)
  } catch (cause) {
    throw localFailure(directory, cause)
  }
}

/** Throws for a name of the server's that would leave the directory it is put in. */
function safe(name: string): string {
  if (name !== '.' && name !== '..' && basename(name) === name && !name.includes('\0')) return name
  throw new Failure(ST_ERROR_UNSAFE_NAME, `The server names a file ${JSON.stringify(name)}.`)
}

/** Resolves with a whole file, reading no more than allowed. `most` 0: no limit. */
async function contentOf(
  client: Client,
  remote: string,
  { most, type = client.typeFor(remote), signal }: { most: number; type?: 'binary' | 'ascii'; signal: AbortSignal },
): Promise<Uint8Array> {
  const file = await client.remote.open(remote, 'r', { type, signal })
  try {
    const parts: Uint8Array[] = []
    let size = 0
    for (let part = await file.read(PART); part.length > 0; part = await file.read(PART)) {
      size += part.length
      if (most > 0 && size > most) throw tooSmall(most, 'bytes')
      parts.push(part)
      moved(client, size)
    }
    await file.close()
    return new Uint8Array(Buffer.concat(parts))
  } catch (error) {
    await file.cancel()
    throw error
  }
}

function tooSmall(most: number, what: string): Failure {
  return new Failure(ST_ERROR_BUFFER_TOO_SMALL, `The file has more than the ${most} ${what} that the buffer can hold.`)
}
