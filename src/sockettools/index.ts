/**
 * The functions and constants of SocketTools' FTP library, by name, over this library.
 *
 * Every function returns a promise. A handle is a number; `INVALID_CLIENT`, `FTP_ERROR`, `false` or 0 mean that it failed, and
 * `FtpGetLastError` returns why. No function rejects because of its arguments, a server or the network. What the API writes through a
 * pointer is written to an object that the caller passes in its place: the `value` of an `Out`, the members of a structure, the
 * elements of an array.
 *
 * ```ts
 * import { FTP_PROXY_USER, FtpGetFile, FtpInitialize, FtpLogin, FtpProxyConnect } from 'sallyport/sockettools'
 *
 * await FtpInitialize(null, null)
 * const client = await FtpProxyConnect(FTP_PROXY_USER, 'gate', 0, null, null, 'ftp.example.com', 20, 0, null)
 * await FtpLogin(client, 'me', 'secret', null)
 * await FtpGetFile(client, './report.csv', '/out/report.csv', 0, 0)
 * ```
 *
 * @module
 */
export * from './constants/constants.js'
export * from './constants/error-constants.js'
export type {
  FTPEVENTPROC,
  FTPFILESTATUS,
  FTPTRANSFERSTATUS,
  Out,
  SECURITYCREDENTIALS,
  SECURITYINFO,
  SYSTEMTIME,
} from './constants/structures.js'
export { FtpDownloadFile, FtpUploadFile } from './functions/by-url.js'
export {
  FtpConnect,
  FtpCreateSecurityCredentials,
  FtpDeleteSecurityCredentials,
  FtpProxyConnect,
} from './functions/connecting.js'
export * from './functions/directories.js'
export * from './functions/files.js'
export {
  FtpDisableTrace,
  FtpEnableTrace,
  FtpGetErrorString,
  FtpGetLastError,
  FtpInitialize,
  FtpSetLastError,
  FtpUninitialize,
} from './functions/process.js'
export * from './functions/session.js'
export * from './functions/transfers.js'
