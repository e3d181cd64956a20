import { parseUrl, type SchemeName, type Target } from '../../index.js'
import { checkArguments, optionBits, text, whole } from '../calls/call.js'
import { LONGEST_TIMEOUT } from '../calls/session.js'
import * as C from '../constants/constants.js'
import { invalid, lastFailure } from '../constants/errors.js'
import type { FTPEVENTPROC, FTPTRANSFERSTATUS } from '../constants/structures.js'
import { FtpConnect } from './connecting.js'
import { attempt, pointer } from './invoke.js'
import { FtpDisconnect, FtpGetTransferStatus, FtpRegisterEvent } from './session.js'
import { FtpGetFile, FtpPutFile } from './transfers.js'

/**
 * Downloads the file of a URL over a connection of its own: ftp://, ftpes://, ftps:// or sftp://, with user and password in it or
 * anonymous. Calls lpEventProc with the progress; stores the status of the transfer in lpStatus.
 */
export function FtpDownloadFile(
  lpszLocalFile: string,
  lpszFileURL: string,
  nTimeout: number,
  dwOptions: number,
  lpStatus: Partial<FTPTRANSFERSTATUS> | null = null,
  lpEventProc: FTPEVENTPROC | null = null,
  dwParam: unknown = 0,
): Promise<boolean> {
  const watch = { lpStatus, lpEventProc, dwParam }
  return byUrl({ lpszLocalFile, lpszFileURL, nTimeout, dwOptions }, watch, FtpGetFile)
}

/** Uploads to a URL over a connection of its own; otherwise like FtpDownloadFile. */
export function FtpUploadFile(
  lpszLocalFile: string,
  lpszFileURL: string,
  nTimeout: number,
  dwOptions: number,
  lpStatus: Partial<FTPTRANSFERSTATUS> | null = null,
  lpEventProc: FTPEVENTPROC | null = null,
  dwParam: unknown = 0,
): Promise<boolean> {
  const watch = { lpStatus, lpEventProc, dwParam }
  return byUrl({ lpszLocalFile, lpszFileURL, nTimeout, dwOptions }, watch, FtpPutFile)
}

interface Given {
  readonly lpszLocalFile: string
  readonly lpszFileURL: string
  readonly nTimeout: number
  readonly dwOptions: number
}

interface Watching {
  readonly lpStatus: Partial<FTPTRANSFERSTATUS> | null
  readonly lpEventProc: FTPEVENTPROC | null
  readonly dwParam: unknown
}

type Move = (hClient: number, local: string, remote: string) => Promise<number>

function byUrl(given: Given, watching: Watching, move: Move): Promise<boolean> {
  return attempt(false, async () => {
    const { target, path } = placeOf(given)
    const { lpStatus, lpEventProc, dwParam } = watching
    if (lpStatus !== null) pointer('lpStatus', lpStatus)
    const { host, port } = target.server
    const options = optionsFor(target.scheme, given.dwOptions)
    const client = done(
      await FtpConnect(host, port, target.user ?? null, target.password ?? null, given.nTimeout, options),
    )
    try {
      if (lpEventProc) done(await FtpRegisterEvent(client, C.FTP_EVENT_PROGRESS, lpEventProc, dwParam))
      done(await move(client, given.lpszLocalFile, path))
      if (lpStatus) await FtpGetTransferStatus(client, lpStatus)
      return true
    } finally {
      await FtpDisconnect(client)
    }
  })
}

function placeOf({ lpszLocalFile, lpszFileURL, nTimeout, dwOptions }: Given): { target: Target; path: string } {
  checkArguments(
    [text('lpszLocalFile'), text('lpszFileURL'), whole('nTimeout', 0, LONGEST_TIMEOUT), optionBits('dwOptions')],
    [lpszLocalFile, lpszFileURL, nTimeout, dwOptions],
  )
  const target = parseUrl(lpszFileURL)
  if (target.path === undefined) throw invalid('lpszFileURL names no file.')
  return { target, path: target.path }
}

const SECURITY: Readonly<Record<SchemeName, number>> = {
  ftp: 0,
  ftps: C.FTP_OPTION_SECURE_IMPLICIT,
  ftpes: C.FTP_OPTION_SECURE_EXPLICIT,
  sftp: C.FTP_OPTION_SECURE_SHELL,
}

/** Returns the options with the security of the URL's scheme, which takes precedence. */
function optionsFor(scheme: SchemeName, dwOptions: number): number {
  const every = C.FTP_OPTION_SECURE_IMPLICIT | C.FTP_OPTION_SECURE_EXPLICIT | C.FTP_OPTION_SECURE_SHELL
  return (dwOptions & ~every) | SECURITY[scheme]
}

/** Returns a function's result; throws its failure. */
function done(answer: number): number {
  if (answer === C.FTP_ERROR) throw lastFailure()
  return answer
}
