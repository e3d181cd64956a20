import { resolve } from 'node:path'
import type { Out } from '../constants/structures.js'
import { number, truth } from './invoke.js'

/**
 * Downloads a file; the local file appears under its name when it is complete. dwOffset above 0 continues a local file from that
 * byte. Resolves with the result code.
 */
export function FtpGetFile(
  hClient: number,
  lpszLocalFile: string,
  lpszRemoteFile: string,
  dwOptions = 0,
  dwOffset = 0,
): Promise<number> {
  return number('FtpGetFile', hClient, [local(lpszLocalFile), lpszRemoteFile, dwOptions, dwOffset])
}

/**
 * Uploads a file, directly under its name on the server. FTP_TRANSFER_APPEND appends; dwOffset above 0 sends from that byte on, to
 * the same offset there. Resolves with the result code.
 */
export function FtpPutFile(
  hClient: number,
  lpszLocalFile: string,
  lpszRemoteFile: string,
  dwOptions = 0,
  dwOffset = 0,
): Promise<number> {
  return number('FtpPutFile', hClient, [local(lpszLocalFile), lpszRemoteFile, dwOptions, dwOffset])
}

/**
 * Downloads a file into memory. lpdwLength is the size of the buffer in bytes (0: no limit) and is set to the size of the file; a
 * larger file fails with ST_ERROR_BUFFER_TOO_SMALL. Resolves with the result code.
 */
export function FtpGetData(
  hClient: number,
  lpszRemoteFile: string,
  lpvBuffer: Partial<Out<Uint8Array>>,
  lpdwLength: Out<number>,
  dwReserved = 0,
): Promise<number> {
  return number('FtpGetData', hClient, [lpszRemoteFile, lpdwLength?.value, dwReserved], [lpvBuffer, lpdwLength])
}

/** Uploads the first dwLength bytes. Resolves with the result code. */
export function FtpPutData(
  hClient: number,
  lpszRemoteFile: string,
  lpvBuffer: Uint8Array,
  dwLength: number,
  dwReserved = 0,
): Promise<number> {
  return number('FtpPutData', hClient, [lpszRemoteFile, lpvBuffer, dwLength, dwReserved])
}

/** Downloads a text (TYPE A, UTF-8) of at most nMaxLength characters. Resolves with its length. */
export function FtpGetText(
  hClient: number,
  lpszRemoteFile: string,
  lpszBuffer: Out<string>,
  nMaxLength: number,
): Promise<number> {
  return number('FtpGetText', hClient, [lpszRemoteFile, nMaxLength], [lpszBuffer])
}

/** Uploads a text (TYPE A, UTF-8). Resolves with the result code. */
export function FtpPutText(hClient: number, lpszRemoteFile: string, lpszBuffer: string): Promise<number> {
  return number('FtpPutText', hClient, [lpszRemoteFile, lpszBuffer])
}

/** Downloads the files of a directory whose names match a mask of `*` and `?`; stops at the first failure. Resolves with the last result code. */
export function FtpGetMultipleFiles(
  hClient: number,
  lpszLocalDirectory: string,
  lpszRemoteDirectory: string | null,
  lpszFileMask: string | null = null,
  dwReserved = 0,
): Promise<number> {
  return number('FtpGetMultipleFiles', hClient, [
    local(lpszLocalDirectory),
    lpszRemoteDirectory,
    lpszFileMask,
    dwReserved,
  ])
}

/** Uploads the files of a local directory whose names match a mask; stops at the first failure. Resolves with the last result code. */
export function FtpPutMultipleFiles(
  hClient: number,
  lpszLocalDirectory: string,
  lpszRemoteDirectory: string | null,
  lpszFileMask: string | null = null,
  dwReserved = 0,
): Promise<number> {
  return number('FtpPutMultipleFiles', hClient, [
    local(lpszLocalDirectory),
    lpszRemoteDirectory,
    lpszFileMask,
    dwReserved,
  ])
}

/** Resolves with whether a local and a remote file are equal, by MD5, else CRC-32, else the size, or by the requested FTP_VERIFY_…. */
export function FtpVerifyFile(
  hClient: number,
  lpszLocalFile: string,
  lpszRemoteFile: string,
  dwOptions = 0,
): Promise<boolean> {
  return truth('FtpVerifyFile', hClient, [local(lpszLocalFile), lpszRemoteFile, dwOptions])
}

/** Resolves a local path in this thread; anything but a text is left for the check to refuse. */
function local(path: string): string {
  return typeof path === 'string' && path !== '' ? resolve(path) : path
}
