import { checkArguments, whole } from '../calls/call.js'
import * as C from '../constants/constants.js'
import { invalid } from '../constants/errors.js'
import type { FTPEVENTPROC, FTPTRANSFERSTATUS, Out, SECURITYINFO } from '../constants/structures.js'
import { forgetProcedures, setProcedure } from '../handles/handles.js'
import { attempt, number, truth } from './invoke.js'

/** Logs in; no user name: anonymous. USER and LOGIN proxies connect to the server here. Resolves with the result code. */
export function FtpLogin(
  hClient: number,
  lpszUserName: string | null,
  lpszPassword: string | null,
  lpszAccount: string | null = null,
): Promise<number> {
  return number('FtpLogin', hClient, [lpszUserName, lpszPassword, lpszAccount])
}

/** Logs out and stays connected, until FtpLogin. Not over SFTP. Resolves with the result code. */
export function FtpLogout(hClient: number): Promise<number> {
  return number('FtpLogout', hClient, [])
}

/** Sends QUIT and closes the handle. Resolves with the result code; with 0 where there was no reply. */
export async function FtpDisconnect(hClient: number): Promise<number> {
  const result = await number('FtpDisconnect', hClient, [])
  if (result !== C.FTP_ERROR) forgetProcedures(hClient)
  return result
}

/** Sends a command and resolves with its result code, also of a refusal. Not over SFTP. */
export function FtpCommand(hClient: number, lpszCommand: string, lpszParameter: string | null = null): Promise<number> {
  return number('FtpCommand', hClient, [lpszCommand, lpszParameter])
}

/** Resolves with the code of the last reply of the server; with 0 before the first, and over SFTP. */
export function FtpGetResultCode(hClient: number): Promise<number> {
  return number('FtpGetResultCode', hClient, [])
}

/** Reads the text of the last reply of the server. Resolves with its length. */
export function FtpGetResultString(hClient: number, lpszResult: Out<string>, cbResult: number): Promise<number> {
  return number('FtpGetResultString', hClient, [cbResult], [lpszResult])
}

/** Protects a channel or stops protecting it (PROT, CCC); a cleared command channel stays clear. Resolves with 0. */
export function FtpSetChannelMode(hClient: number, nChannel: number, nMode: number): Promise<number> {
  return number('FtpSetChannelMode', hClient, [nChannel, nMode])
}

/** Resolves with FTP_CHANNEL_SECURE or FTP_CHANNEL_CLEAR. */
export function FtpGetChannelMode(hClient: number, nChannel: number): Promise<number> {
  return number('FtpGetChannelMode', hClient, [nChannel])
}

/** Reads what TLS or SSH negotiated. Without either the protocol is SECURITY_PROTOCOL_NONE. */
export function FtpGetSecurityInformation(hClient: number, lpSecurityInfo: Partial<SECURITYINFO>): Promise<boolean> {
  return truth('FtpGetSecurityInformation', hClient, [], [lpSecurityInfo])
}

/**
 * Makes a thread the owner of a handle; 0: the calling one. Allowed from any thread. Resolves with the previous owner. Threads count
 * from 1, the main thread: `threadId` of node:worker_threads plus 1.
 */
export function FtpAttachThread(hClient: number, dwThreadId: number): Promise<number> {
  return number('FtpAttachThread', hClient, [dwThreadId])
}

/** Cancels the running call of a handle with ST_ERROR_OPERATION_CANCELED. Allowed from any thread. Resolves with 0. */
export function FtpCancel(hClient: number): Promise<number> {
  return number('FtpCancel', hClient, [])
}

/** Resolves with the state of the client: FTP_STATUS_…. Allowed from any thread. */
export function FtpGetStatus(hClient: number): Promise<number> {
  return number('FtpGetStatus', hClient, [])
}

/** Resolves with whether the control connection is open. */
export function FtpIsConnected(hClient: number): Promise<boolean> {
  return truth('FtpIsConnected', hClient, [])
}

/** Reads the progress of the running transfer, or of the last successful one. Allowed from any thread. Times in seconds, with FTP_OPTION_HIRES_TIMER in ms. */
export function FtpGetTransferStatus(hClient: number, lpStatus: Partial<FTPTRANSFERSTATUS>): Promise<boolean> {
  return truth('FtpGetTransferStatus', hClient, [], [lpStatus])
}

/** Sets whether the client (true) or the server opens data connections from now on. Resolves with 0. */
export function FtpSetPassiveMode(hClient: number, bPassiveMode: boolean): Promise<number> {
  return number('FtpSetPassiveMode', hClient, [bPassiveMode])
}

/** Sets FTP_FILETYPE_IMAGE (the default), _ASCII (converts line ends), or _AUTO (by the file's extension). Resolves with 0. */
export function FtpSetFileType(hClient: number, nFileType: number): Promise<number> {
  return number('FtpSetFileType', hClient, [nFileType])
}

/** Sets the limit, in seconds, for each wait for the server from now on. Resolves with 0. */
export function FtpSetTimeout(hClient: number, nTimeout: number): Promise<number> {
  return number('FtpSetTimeout', hClient, [nTimeout])
}

/** Resolves with the limit in seconds. */
export function FtpGetTimeout(hClient: number): Promise<number> {
  return number('FtpGetTimeout', hClient, [])
}

/** Reads the server's reply to SYST; over SFTP 'SFTP'. Resolves with its length. */
export function FtpGetServerInformation(
  hClient: number,
  lpszInformation: Out<string>,
  cbInformation: number,
): Promise<number> {
  return number('FtpGetServerInformation', hClient, [cbInformation], [lpszInformation])
}

/** Resolves with FTP_FEATURE_… bits: initially all, later without those that the server turned out not to support, which are not tried again. 0: a failure. */
export function FtpGetFeatures(hClient: number): Promise<number> {
  return number('FtpGetFeatures', hClient, [])
}

/**
 * Registers a function of this thread for an event, one per handle and event; null removes it. FTP_EVENT_READFILE and _WRITEFILE are
 * never emitted: they belong to the API's asynchronous mode. Resolves with 0.
 */
export async function FtpRegisterEvent(
  hClient: number,
  nEventId: number,
  lpEventProc: FTPEVENTPROC | null,
  dwParam: unknown = 0,
): Promise<number> {
  const checked = await attempt(false, async () => {
    checkArguments([whole('nEventId', C.FTP_EVENT_CONNECT, C.FTP_EVENT_PROGRESS)], [nEventId])
    if (lpEventProc !== null && typeof lpEventProc !== 'function')
      throw invalid('lpEventProc is neither a function nor null.')
    return true
  })
  if (!checked) return C.FTP_ERROR
  const result = await number('FtpRegisterEvent', hClient, [nEventId, lpEventProc !== null])
  if (result === 0) setProcedure(hClient, nEventId, lpEventProc === null ? undefined : { proc: lpEventProc, dwParam })
  return result
}
