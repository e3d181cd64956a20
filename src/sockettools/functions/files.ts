import type { FTPFILESTATUS, Out, SYSTEMTIME } from '../constants/structures.js'
import { number } from './invoke.js'

/** Opens a file on the server to be read (FTP_FILE_READ), written, or added to, from a byte on. One at a time. Answers the result code. */
export function FtpOpenFile(
  hClient: number,
  lpszRemoteFile: string,
  dwOpenMode: number,
  dwOffset = 0,
): Promise<number> {
  return number('FtpOpenFile', hClient, [lpszRemoteFile, dwOpenMode, dwOffset])
}

/** The next bytes of the open file, at most cbBuffer, into lpBuffer. Answers how many; 0 at its end. */
export function FtpRead(hClient: number, lpBuffer: Partial<Out<Uint8Array>>, cbBuffer: number): Promise<number> {
  return number('FtpRead', hClient, [cbBuffer], [lpBuffer])
}

/** Writes the first cbBuffer bytes to the open file. Answers how many. */
export function FtpWrite(hClient: number, lpBuffer: Uint8Array, cbBuffer: number): Promise<number> {
  return number('FtpWrite', hClient, [lpBuffer, cbBuffer])
}

/** Closes the open file; one that was written is confirmed by the server then. Answers the result code. */
export function FtpCloseFile(hClient: number): Promise<number> {
  return number('FtpCloseFile', hClient, [])
}

/** What the server knows of a file or directory. Answers the result code. */
export function FtpGetFileStatus(
  hClient: number,
  lpszFileName: string,
  lpFileStatus: Partial<FTPFILESTATUS>,
): Promise<number> {
  return number('FtpGetFileStatus', hClient, [lpszFileName], [lpFileStatus])
}

/** The size of a file in bytes, 64 bits and all. Answers the result code. */
export function FtpGetFileSize(
  hClient: number,
  lpszFileName: string,
  lpdwFileSize: Partial<Out<number>>,
): Promise<number> {
  return number('FtpGetFileSize', hClient, [lpszFileName], [lpdwFileSize])
}

/** When a file was changed, in UTC or (bLocalize) local time. Answers the result code. */
export function FtpGetFileTime(
  hClient: number,
  lpszFileName: string,
  lpFileTime: Partial<SYSTEMTIME>,
  bLocalize = false,
): Promise<number> {
  return number('FtpGetFileTime', hClient, [lpszFileName, bLocalize], [lpFileTime])
}

/** Sets when a file was changed, in UTC. Answers the result code. */
export function FtpSetFileTime(hClient: number, lpszFileName: string, lpFileTime: SYSTEMTIME): Promise<number> {
  // Nothing but numbers travels between threads.
  const time = typeof lpFileTime === 'object' && lpFileTime !== null ? plain(lpFileTime) : lpFileTime
  return number('FtpSetFileTime', hClient, [lpszFileName, time])
}

function plain(time: SYSTEMTIME): SYSTEMTIME {
  const { wYear, wMonth, wDayOfWeek, wDay, wHour, wMinute, wSecond, wMilliseconds = 0 } = time
  return { wYear, wMonth, wDayOfWeek, wDay, wHour, wMinute, wSecond, wMilliseconds }
}

/** Removes a file. Answers the result code. */
export function FtpDeleteFile(hClient: number, lpszFileName: string): Promise<number> {
  return number('FtpDeleteFile', hClient, [lpszFileName])
}

/** Renames or moves a file or directory. Answers the result code. */
export function FtpRenameFile(hClient: number, lpszOldName: string, lpszNewName: string): Promise<number> {
  return number('FtpRenameFile', hClient, [lpszOldName, lpszNewName])
}
