import type { Entry } from '../../index.js'
import type { Client, OpenFile } from '../client/client.js'
import { Progress } from '../client/progress.js'
import * as C from '../constants/constants.js'
import {
  Failure,
  invalid,
  ST_ERROR_FILE_NOT_FOUND,
  ST_ERROR_FILE_NOT_OPEN,
  ST_ERROR_NOT_SUPPORTED,
} from '../constants/errors.js'
import { dateOf, type SYSTEMTIME, systemTime } from '../constants/structures.js'
import { BEGINS, bytes, COMPLETES, call, flag, oneOf, type Parameter, text, whole } from './call.js'
import { fileStatus } from './entries.js'
import { stoppedBy } from './stop.js'

const NAME = text('lpszFileName')
const DONE = 250

export const fileCalls = {
  FtpOpenFile: call<[string, number, number]>({
    takes: [
      text('lpszRemoteFile'),
      oneOf('dwOpenMode', C.FTP_FILE_READ, C.FTP_FILE_WRITE, C.FTP_FILE_APPEND),
      whole('dwOffset'),
    ],
    status: C.FTP_STATUS_OPENFILE,
    completes: BEGINS,
    async run(client, [remote, mode, offset], { signal }) {
      if (mode === C.FTP_FILE_APPEND && offset > 0) throw invalid('dwOffset and FTP_FILE_APPEND contradict each other.')
      const stop = new AbortController()
      const options = { from: offset || undefined, type: client.typeFor(remote), signal: stop.signal }
      const file = await stoppedBy(signal, stop, client.remote.open(remote, MODES[mode] ?? 'r', options))
      client.file = { file, mode, stop }
      client.running = new Progress('', remote)
      return { result: client.code(150) }
    },
  }),

  FtpRead: call<[number]>({
    takes: [whole('cbBuffer', 1, 2 ** 30)],
    gives: ['lpBuffer'],
    needs: 'nothing',
    async run(client, [most], { signal }) {
      const { file, stop } = opened(client, false)
      const part = await stoppedBy(signal, stop, file.read(most))
      client.running?.add(part.length)
      return { result: part.length, out: [{ value: new Uint8Array(part) }] }
    },
  }),

  FtpWrite: call<[Uint8Array, number]>({
    takes: [bytes('lpBuffer'), whole('cbBuffer')],
    needs: 'nothing',
    status: C.FTP_STATUS_WRITE,
    async run(client, [content, length], { signal }) {
      if (length > content.length) throw invalid(`cbBuffer is ${length}, but lpBuffer has ${content.length} bytes.`)
      const { file, stop } = opened(client, true)
      await stoppedBy(signal, stop, file.write(content.subarray(0, length)))
      client.running?.add(length)
      return { result: length }
    },
  }),

  FtpCloseFile: call<[]>({
    takes: [],
    needs: 'nothing',
    status: C.FTP_STATUS_CLOSEFILE,
    completes: COMPLETES,
    async run(client, _, { signal }) {
      const { file, stop } = client.file ?? notOpen()
      try {
        await stoppedBy(signal, stop, file.close())
        client.running?.end()
        client.progress = client.running
        return { result: client.code(226) }
      } finally {
        client.file = undefined
        client.running = undefined
        client.emit(C.FTP_EVENT_CLOSEFILE)
      }
    },
  }),

  FtpGetFileStatus: call<[string]>({
    takes: [NAME],
    gives: ['lpFileStatus'],
    async run(client, [name], { signal }) {
      return { out: [fileStatus(await entryOf(client, name, signal))], result: client.code(213) }
    },
  }),

  FtpGetFileSize: call<[string]>({
    takes: [NAME],
    gives: ['lpdwFileSize'],
    async run(client, [name], { signal }) {
      const { size } = await entryOf(client, name, signal)
      if (size === undefined)
        throw new Failure(ST_ERROR_NOT_SUPPORTED, `The server does not tell the size of '${name}'.`)
      return { out: [{ value: size }], result: client.code(213) }
    },
  }),

  FtpGetFileTime: call<[string, boolean]>({
    takes: [NAME, flag('bLocalize')],
    gives: ['lpFileTime'],
    async run(client, [name, local], { signal }) {
      const { modified } = await entryOf(client, name, signal)
      if (!modified) throw new Failure(ST_ERROR_NOT_SUPPORTED, `The server does not tell the time of '${name}'.`)
      return { out: [systemTime(modified, local)], result: client.code(213) }
    },
  }),

  FtpSetFileTime: call<[string, SYSTEMTIME]>({
    takes: [NAME, timeParameter('lpFileTime')],
    async run(client, [name, time], { signal }) {
      const date = dateOf(time)
      if (!date) throw invalid('lpFileTime is not a valid time.')
      await client.remote.setTimes(name, date, { signal })
      return { result: client.code(213) }
    },
  }),

  FtpDeleteFile: call<[string]>({
    takes: [NAME],
    async run(client, [name], { signal }) {
      await client.remote.remove(name, { signal })
      return { result: client.code(DONE) }
    },
  }),

  FtpRenameFile: call<[string, string]>({
    takes: [text('lpszOldName'), text('lpszNewName')],
    async run(client, [from, to], { signal }) {
      await client.remote.rename(from, to, { signal })
      return { result: client.code(DONE) }
    },
  }),
}

const MODES: Readonly<Record<number, 'r' | 'w' | 'a'>> = {
  [C.FTP_FILE_READ]: 'r',
  [C.FTP_FILE_WRITE]: 'w',
  [C.FTP_FILE_APPEND]: 'a',
}

function notOpen(): never {
  throw new Failure(ST_ERROR_FILE_NOT_OPEN, 'Call FtpOpenFile first.')
}

function opened(client: Client, writing: boolean): OpenFile {
  const open = client.file ?? notOpen()
  if (writing === (open.mode !== C.FTP_FILE_READ)) return open
  throw new Failure(ST_ERROR_FILE_NOT_OPEN, `The file was opened for ${writing ? 'reading' : 'writing'}.`)
}

async function entryOf(client: Client, name: string, signal: AbortSignal): Promise<Entry> {
  const entry = await client.remote.stat(name, { signal })
  if (entry) return entry
  throw new Failure(ST_ERROR_FILE_NOT_FOUND, `There is no '${name}'.`)
}

const FIELDS = ['wYear', 'wMonth', 'wDay', 'wHour', 'wMinute', 'wSecond', 'wMilliseconds'] as const

function timeParameter(name: string): Parameter<SYSTEMTIME> {
  const fits = (value: unknown): value is SYSTEMTIME => {
    if (typeof value !== 'object' || value === null) return false
    const fields: { readonly [field: string]: unknown } = { ...value }
    return FIELDS.every((field) => Number.isInteger(fields[field]))
  }
  return { name, wanted: 'a SYSTEMTIME with whole numbers', fits }
}
