import { resolve } from 'node:path'
import type { Out } from '../constants/structures.js'
import { number, truth } from './invoke.js'

/**
 * Downloads a file; the local one appears under its name when it is whole. dwOffset above 0 goes on in a local file from that byte.
 * Answers the result code.
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
 * Uploads a file, straight under its name on the server. FTP_TRANSFER_APPEND adds to what is there; dwOffset above 0 sends from that
 * byte on, to the same byte there. Answers the result code.
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
 * Downloads a file into memory. lpdwLength says how many bytes there is room for (0: any number) and is set to how many there are; a
 * file with more fails with ST_ERROR_BUFFER_TOO_SMALL. Answers the result code.
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

/** Uploads the first dwLength bytes. Answers the result code. */
export function FtpPutData(
  hClient: number,
  lpszRemoteFile: string,
  lpvBuffer: Uint8Array,
  dwLength: number,
  dwReserved = 0,
): Promise<number> {
  return number('FtpPutData', hClient, [lpszRemoteFile, lpvBuffer, dwLength, dwReserved])
}

/** Downloads a text (TYPE A, UTF-8) of at most nMaxLength characters. Answers its length. */
export function FtpGetText(
  hClient: number,
  lpszRemoteFile: string,
  lpszBuffer: Out<string>,
  nMaxLength: number,
): Promise<number> {
  return number('FtpGetText', hClient, [lpszRemoteFile, nMaxLength], [lpszBuffer])
}

/** Uploads a text (TYPE A, UTF-8). Answers the result code. */
export function FtpPutText(hClient: number, lpszRemoteFile: string, lpszBuffer: string): Promise<number> {
  return number('FtpPutText', hClient, [lpszRemoteFile, lpszBuffer])
}

/** Downloads the files of a directory whose names fit a mask of `*` and `?`; the first failure ends it. Answers the last result code. */
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

/** Uploads the files of a local directory whose names fit a mask; the first failure ends it. Answers the last result code. */
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

/** Whether a local file and one on the server are the same, by MD5, else CRC-32, else the size, or the FTP_VERIFY_… that are wanted. */
export function FtpVerifyFile(
  hClient: number,
  lpszLocalFile: string,
  lpszRemoteFile: string,
  dwOptions = 0,
): Promise<boolean> {
  return truth('FtpVerifyFile', hClient, [local(lpszLocalFile), lpszRemoteFile, dwOptions])
}

/** A local path as this thread means it; anything else is left for the check to refuse. */
function local(path: string): string {
  return typeof path === 'string' && path !== '' ? resolve(path) : path
}
