import type { Entry } from '../../index.js'
import type { Client, OpenDirectory } from '../client/client.js'
import * as C from '../constants/constants.js'
import { Failure, ST_ERROR_DIRECTORY_NOT_OPEN, ST_ERROR_NO_MORE_FILES } from '../constants/errors.js'
import { type Answer, BEGINS, call, oneOf, text, textOrNull, whole } from './call.js'
import { directoryOf, fileStatus, listed } from './entries.js'
import { textAnswer } from './session.js'
import { stoppedBy } from './stop.js'

const DIRECTORY = text('lpszDirectory')
const DIRECTORY_OR_NULL = textOrNull('lpszDirectory')
const LIST = { status: C.FTP_STATUS_FILELIST } as const
const DONE = 250

export const directoryCalls = {
  FtpOpenDirectory: call<[string | null]>({
    takes: [DIRECTORY_OR_NULL],
    ...LIST,
    completes: BEGINS,
    async run(client, [directory], { signal }) {
      await closeDirectory(client)
      client.directory = await openDirectory(client, directoryOf(directory), signal)
      return { result: client.code(150) }
    },
  }),

  FtpGetFirstFile: call<[]>({
    takes: [],
    gives: ['lpFileStatus'],
    failure: false,
    ...LIST,
    async run(client, _, { signal }) {
      let open = client.directory ?? notOpen()
      if (open.given > 1) {
        await closeDirectory(client)
        open = await openDirectory(client, open.path, signal)
        client.directory = open
      }
      open.given = 1
      return statusAnswer(open.first)
    },
  }),

  FtpGetNextFile: call<[]>({
    takes: [],
    gives: ['lpFileStatus'],
    failure: false,
    ...LIST,
    async run(client, _, { signal }) {
      const open = client.directory ?? notOpen()
      open.given++
      if (open.given === 1) return statusAnswer(open.first)
      return statusAnswer(await stoppedBy(signal, open.stop, nextReadable(open.entries)))
    },
  }),

  FtpCloseDirectory: call<[]>({
    takes: [],
    ...LIST,
    async run(client) {
      if (!client.directory) notOpen()
      await closeDirectory(client)
      return { result: client.code(226) }
    },
  }),

  FtpEnumFiles: call<[string | null, string | null, number, number]>({
    takes: [
      DIRECTORY_OR_NULL,
      textOrNull('lpszFileMask'),
      whole('dwOptions', 0, C.FTP_ENUM_FILE | C.FTP_ENUM_DIRECTORY | C.FTP_ENUM_FULLPATH),
      whole('nMaxFiles', 1),
    ],
    gives: ['lpFileList'],
    ...LIST,
    async run(client, [directory, mask, options, most], { signal }) {
      const entries = (await listed(client, directory, { mask, signal })).filter(kindWanted(options)).slice(0, most)
      const full = options & C.FTP_ENUM_FULLPATH ? await client.remote.cwd(undefined, { signal }) : undefined
      const list = entries.map(fileStatus)
      for (const file of full === undefined ? [] : list)
        file.szFileName = pathOf(full ?? '/', directory ?? '', file.szFileName)
      return { result: list.length, out: [list] }
    },
  }),

  FtpGetFileList: call<[string | null, number, number]>({
    takes: [DIRECTORY_OR_NULL, oneOf('dwOptions', C.FTP_LIST_DEFAULT, C.FTP_LIST_NAMEONLY), whole('nMaxLength', 1)],
    gives: ['lpszBuffer'],
    ...LIST,
    async run(client, [directory, options, most], { signal }) {
      let value = ''
      for await (const { name, raw, type } of client.remote.list(directoryOf(directory), { signal })) {
        if (options === C.FTP_LIST_DEFAULT) value += `${raw ?? name}\r\n`
        else if (type !== 'unreadable') value += `${name}\r\n`
        if (value.length > most) break
      }
      return textAnswer(value, most)
    },
  }),

  FtpChangeDirectory: call<[string]>({
    takes: [DIRECTORY],
    async run(client, [directory], { signal }) {
      await client.remote.cwd(directory, { signal })
      return { result: client.code(DONE) }
    },
  }),

  FtpChangeDirectoryUp: call<[]>({
    takes: [],
    async run(client, _, { signal }) {
      await client.remote.cwd('..', { signal })
      return { result: client.code(DONE) }
    },
  }),

  FtpGetDirectory: call<[number]>({
    takes: [whole('cbDirectory', 1)],
    gives: ['lpszDirectory'],
    run: async (client, [most], { signal }) => textAnswer(await client.remote.cwd(undefined, { signal }), most),
  }),

  FtpCreateDirectory: call<[string]>({
    takes: [DIRECTORY],
    async run(client, [directory], { signal }) {
      await client.remote.makeDir(directory, { signal })
      return { result: client.code(257) }
    },
  }),

  FtpRemoveDirectory: call<[string]>({
    takes: [DIRECTORY],
    async run(client, [directory], { signal }) {
      await client.remote.removeDir(directory, { signal })
      return { result: client.code(DONE) }
    },
  }),
}

/** Reads up to the first entry, so that a directory that cannot be listed fails here. */
async function openDirectory(client: Client, path: string, signal: AbortSignal): Promise<OpenDirectory> {
  const stop = new AbortController()
  const entries = client.remote.list(path, { signal: stop.signal })[Symbol.asyncIterator]()
  return { path, entries, stop, first: await stoppedBy(signal, stop, nextReadable(entries)), given: 0 }
}

async function closeDirectory(client: Client): Promise<void> {
  const open = client.directory
  client.directory = undefined
  await open?.entries.return?.()
}

async function nextReadable(entries: AsyncIterator<Entry>): Promise<Entry | undefined> {
  for (;;) {
    const { value, done } = await entries.next()
    if (done) return undefined
    if (value.type !== 'unreadable') return value
  }
}

function notOpen(): never {
  throw new Failure(ST_ERROR_DIRECTORY_NOT_OPEN, 'Call FtpOpenDirectory first.')
}

function statusAnswer(entry: Entry | undefined): Answer {
  if (!entry) throw new Failure(ST_ERROR_NO_MORE_FILES)
  return { result: true, out: [fileStatus(entry)] }
}

function kindWanted(options: number): (entry: Entry) => boolean {
  const files = (options & C.FTP_ENUM_FILE) !== 0
  const directories = (options & C.FTP_ENUM_DIRECTORY) !== 0
  if (files === directories) return () => true
  return ({ type }) => (type === 'directory') === directories
}

/** The whole path of a name in a directory. */
function pathOf(current: string, directory: string, name: string): string {
  const start = directory.startsWith('/') ? directory : `${current}/${directory}`
  return `${start}/${name}`.replace(/\/{2,}/g, '/')
}
