import type { FTPFILESTATUS, Out, SYSTEMTIME } from '../constants/structures.js'
import { number } from './invoke.js'

/** Opens one file on the server to be read (FTP_FILE_READ), written or appended to, from an offset on. Resolves with the result code. */
export function FtpOpenFile(
  hClient: number,
  lpszRemoteFile: string,
  dwOpenMode: number,
  dwOffset = 0,
): Promise<number> {
  return number('FtpOpenFile', hClient, [lpszRemoteFile, dwOpenMode, dwOffset])
}

/** Reads the next bytes of the open file, at most cbBuffer, into lpBuffer. Resolves with their number; 0 at the end. */
export function FtpRead(hClient: number, lpBuffer: Partial<Out<Uint8Array>>, cbBuffer: number): Promise<number> {
  return number('FtpRead', hClient, [cbBuffer], [lpBuffer])
}

/** Writes the first cbBuffer bytes to the open file. Resolves with their number. */
export function FtpWrite(hClient: number, lpBuffer: Uint8Array, cbBuffer: number): Promise<number> {
  return number('FtpWrite', hClient, [lpBuffer, cbBuffer])
}

/** Closes the open file; the server then confirms a file that was written. Resolves with the result code. */
export function FtpCloseFile(hClient: number): Promise<number> {
  return number('FtpCloseFile', hClient, [])
}

/** Reads the attributes of a file or directory. Resolves with the result code. */
export function FtpGetFileStatus(
  hClient: number,
  lpszFileName: string,
  lpFileStatus: Partial<FTPFILESTATUS>,
): Promise<number> {
  return number('FtpGetFileStatus', hClient, [lpszFileName], [lpFileStatus])
}

/** Reads the size of a file in bytes, as a 64-bit value. Resolves with the result code. */
export function FtpGetFileSize(
  hClient: number,
  lpszFileName: string,
  lpdwFileSize: Partial<Out<number>>,
): Promise<number> {
  return number('FtpGetFileSize', hClient, [lpszFileName], [lpdwFileSize])
}

/** Reads the modification time of a file, in UTC or (bLocalize) local time. Resolves with the result code. */
export function FtpGetFileTime(
  hClient: number,
  lpszFileName: string,
  lpFileTime: Partial<SYSTEMTIME>,
  bLocalize = false,
): Promise<number> {
  return number('FtpGetFileTime', hClient, [lpszFileName, bLocalize], [lpFileTime])
}

/** Sets the modification time of a file, in UTC. Resolves with the result code. */
export function FtpSetFileTime(hClient: number, lpszFileName: string, lpFileTime: SYSTEMTIME): Promise<number> {
  // A plain copy: other objects cannot be posted to a thread.
  const time = typeof lpFileTime === 'object' && lpFileTime !== null ? plain(lpFileTime) : lpFileTime
  return number('FtpSetFileTime', hClient, [lpszFileName, time])
}

function plain(time: SYSTEMTIME): SYSTEMTIME {
  const { wYear, wMonth, wDayOfWeek, wDay, wHour, wMinute, wSecond, wMilliseconds = 0 } = time
  return { wYear, wMonth, wDayOfWeek, wDay, wHour, wMinute, wSecond, wMilliseconds }
}

/** Removes a file. Resolves with the result code. */
export function FtpDeleteFile(hClient: number, lpszFileName: string): Promise<number> {
  return number('FtpDeleteFile', hClient, [lpszFileName])
}

/** Renames or moves a file or directory. Resolves with the result code. */
export function FtpRenameFile(hClient: number, lpszOldName: string, lpszNewName: string): Promise<number> {
  return number('FtpRenameFile', hClient, [lpszOldName, lpszNewName])
}
