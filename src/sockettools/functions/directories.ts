import type { FTPFILESTATUS, Out } from '../constants/structures.js'
import { number, truth } from './invoke.js'

/** Opens a directory for FtpGetFirstFile and FtpGetNextFile; null: the current one. Resolves with the result code. */
export function FtpOpenDirectory(hClient: number, lpszDirectory: string | null = null): Promise<number> {
  return number('FtpOpenDirectory', hClient, [lpszDirectory])
}

/** Reads the first entry of the open directory. Resolves with false when there is none: ST_ERROR_NO_MORE_FILES. */
export function FtpGetFirstFile(hClient: number, lpFileStatus: Partial<FTPFILESTATUS>): Promise<boolean> {
  return truth('FtpGetFirstFile', hClient, [], [lpFileStatus])
}

/** Reads the next entry of the open directory. Resolves with false after the last one: ST_ERROR_NO_MORE_FILES. */
export function FtpGetNextFile(hClient: number, lpFileStatus: Partial<FTPFILESTATUS>): Promise<boolean> {
  return truth('FtpGetNextFile', hClient, [], [lpFileStatus])
}

/** Closes the open directory. Resolves with the result code. */
export function FtpCloseDirectory(hClient: number): Promise<number> {
  return number('FtpCloseDirectory', hClient, [])
}

/** Stores up to nMaxFiles entries of a directory that match a mask in an array. Resolves with their number. */
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

/** Reads the listing of a directory as the server wrote it, or (FTP_LIST_NAMEONLY) the names, a line each. Resolves with its length. */
export function FtpGetFileList(
  hClient: number,
  lpszDirectory: string | null,
  dwOptions: number,
  lpszBuffer: Out<string>,
  nMaxLength: number,
): Promise<number> {
  return number('FtpGetFileList', hClient, [lpszDirectory, dwOptions, nMaxLength], [lpszBuffer])
}

/** Changes the current directory. Resolves with the result code. */
export function FtpChangeDirectory(hClient: number, lpszDirectory: string): Promise<number> {
  return number('FtpChangeDirectory', hClient, [lpszDirectory])
}

/** Changes to the parent of the current directory. Resolves with the result code. */
export function FtpChangeDirectoryUp(hClient: number): Promise<number> {
  return number('FtpChangeDirectoryUp', hClient, [])
}

/** Reads the path of the current directory. Resolves with its length. */
export function FtpGetDirectory(hClient: number, lpszDirectory: Out<string>, cbDirectory: number): Promise<number> {
  return number('FtpGetDirectory', hClient, [cbDirectory], [lpszDirectory])
}

/** Creates a directory. Resolves with the result code. */
export function FtpCreateDirectory(hClient: number, lpszDirectory: string): Promise<number> {
  return number('FtpCreateDirectory', hClient, [lpszDirectory])
}

/** Removes an empty directory. Resolves with the result code. */
export function FtpRemoveDirectory(hClient: number, lpszDirectory: string): Promise<number> {
  return number('FtpRemoveDirectory', hClient, [lpszDirectory])
}
