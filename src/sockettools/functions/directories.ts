import type { FTPFILESTATUS, Out } from '../constants/structures.js'
import { number, truth } from './invoke.js'

/** Opens a directory for FtpGetFirstFile and FtpGetNextFile; null: the current one. Answers the result code. */
export function FtpOpenDirectory(hClient: number, lpszDirectory: string | null = null): Promise<number> {
  return number('FtpOpenDirectory', hClient, [lpszDirectory])
}

/** The first entry of the open directory. False when there is none: ST_ERROR_NO_MORE_FILES. */
export function FtpGetFirstFile(hClient: number, lpFileStatus: Partial<FTPFILESTATUS>): Promise<boolean> {
  return truth('FtpGetFirstFile', hClient, [], [lpFileStatus])
}

/** The next entry of the open directory. False behind the last one: ST_ERROR_NO_MORE_FILES. */
export function FtpGetNextFile(hClient: number, lpFileStatus: Partial<FTPFILESTATUS>): Promise<boolean> {
  return truth('FtpGetNextFile', hClient, [], [lpFileStatus])
}

/** Closes the open directory. Answers the result code. */
export function FtpCloseDirectory(hClient: number): Promise<number> {
  return number('FtpCloseDirectory', hClient, [])
}

/** Puts at most nMaxFiles entries of a directory that fit a mask into an array. Answers how many. */
export function FtpEnumFiles(
  hClient: number,
  lpszDirectory: string | null,
  lpszFileMask: string | null,
  dwOptions: number,
  lpFileList: FTPFILESTATUS[],
  nMaxFiles: number,
): Promise<number> {
  return number('FtpEnumFiles', hClient, [lpszDirectory, lpszFileMask, dwOptions, nMaxFiles], [lpFileList])
}

/** The listing of a directory as the server wrote it, or (FTP_LIST_NAMEONLY) the names, a line each. Answers its length. */
export function FtpGetFileList(
  hClient: number,
  lpszDirectory: string | null,
  dwOptions: number,
  lpszBuffer: Out<string>,
  nMaxLength: number,
): Promise<number> {
  return number('FtpGetFileList', hClient, [lpszDirectory, dwOptions, nMaxLength], [lpszBuffer])
}

/** Changes the current directory. Answers the result code. */
export function FtpChangeDirectory(hClient: number, lpszDirectory: string): Promise<number> {
  return number('FtpChangeDirectory', hClient, [lpszDirectory])
}

/** Changes to the parent of the current directory. Answers the result code. */
export function FtpChangeDirectoryUp(hClient: number): Promise<number> {
  return number('FtpChangeDirectoryUp', hClient, [])
}

/** The path of the current directory, and its length. */
export function FtpGetDirectory(hClient: number, lpszDirectory: Out<string>, cbDirectory: number): Promise<number> {
  return number('FtpGetDirectory', hClient, [cbDirectory], [lpszDirectory])
}

/** Makes a directory. Answers the result code. */
export function FtpCreateDirectory(hClient: number, lpszDirectory: string): Promise<number> {
  return number('FtpCreateDirectory', hClient, [lpszDirectory])
}

/** Removes an empty directory. Answers the result code. */
export function FtpRemoveDirectory(hClient: number, lpszDirectory: string): Promise<number> {
  return number('FtpRemoveDirectory', hClient, [lpszDirectory])
}
