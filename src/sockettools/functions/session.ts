import { checkArguments, whole } from '../calls/call.js'
import * as C from '../constants/constants.js'
import { invalid } from '../constants/errors.js'
import type { FTPEVENTPROC, FTPTRANSFERSTATUS, Out, SECURITYINFO } from '../constants/structures.js'
import { forgetProcedures, setProcedure } from '../handles/handles.js'
import { attempt, number, truth } from './invoke.js'

/** Logs in; no user name: anonymous. Through a proxy this is where USER and LOGIN proxies reach the server. Answers the result code. */
export function FtpLogin(
  hClient: number,
  lpszUserName: string | null,
  lpszPassword: string | null,
  lpszAccount: string | null = null,
): Promise<number> {
  return number('FtpLogin', hClient, [lpszUserName, lpszPassword, lpszAccount])
}

/** Logs out and stays connected, until FtpLogin. Not over SFTP. Answers the result code. */
export function FtpLogout(hClient: number): Promise<number> {
  return number('FtpLogout', hClient, [])
}

/** Says goodbye and ends the handle. Answers the result code; 0 where nobody said one. */
export async function FtpDisconnect(hClient: number): Promise<number> {
  const result = await number('FtpDisconnect', hClient, [])
  if (result !== C.FTP_ERROR) forgetProcedures(hClient)
  return result
}

/** Sends a command and answers its result code, a refusal's too. Not over SFTP. */
export function FtpCommand(hClient: number, lpszCommand: string, lpszParameter: string | null = null): Promise<number> {
  return number('FtpCommand', hClient, [lpszCommand, lpszParameter])
}

/** The code of the last reply of the server; 0 before the first, and over SFTP. */
export function FtpGetResultCode(hClient: number): Promise<number> {
  return number('FtpGetResultCode', hClient, [])
}

/** The text of the last reply of the server, and its length. */
export function FtpGetResultString(hClient: number, lpszResult: Out<string>, cbResult: number): Promise<number> {
  return number('FtpGetResultString', hClient, [cbResult], [lpszResult])
}

/** Protects a channel or stops protecting it (PROT, CCC); a cleared command channel stays clear. Answers 0. */
export function FtpSetChannelMode(hClient: number, nChannel: number, nMode: number): Promise<number> {
  return number('FtpSetChannelMode', hClient, [nChannel, nMode])
}

/** FTP_CHANNEL_SECURE or FTP_CHANNEL_CLEAR. */
export function FtpGetChannelMode(hClient: number, nChannel: number): Promise<number> {
  return number('FtpGetChannelMode', hClient, [nChannel])
}

/** What TLS or SSH settled. Without either the protocol is SECURITY_PROTOCOL_NONE. */
export function FtpGetSecurityInformation(hClient: number, lpSecurityInfo: Partial<SECURITYINFO>): Promise<boolean> {
  return truth('FtpGetSecurityInformation', hClient, [], [lpSecurityInfo])
}

/**
 * Makes a thread the owner of a handle; 0: this one. Any thread may. Answers the owner until now. Threads count from 1, the main
 * thread: `threadId` of node:worker_threads plus 1.
 */
export function FtpAttachThread(hClient: number, dwThreadId: number): Promise<number> {
  return number('FtpAttachThread', hClient, [dwThreadId])
}

/** Ends what runs on a handle with ST_ERROR_OPERATION_CANCELED. Any thread may. Answers 0. */
export function FtpCancel(hClient: number): Promise<number> {
  return number('FtpCancel', hClient, [])
}

/** What the client is doing: FTP_STATUS_…. Any thread may ask. */
export function FtpGetStatus(hClient: number): Promise<number> {
  return number('FtpGetStatus', hClient, [])
}

/** Whether the control connection stands. */
export function FtpIsConnected(hClient: number): Promise<boolean> {
  return truth('FtpIsConnected', hClient, [])
}

/** How far the transfer is, or the last successful one went. Any thread may ask. Times in seconds, with FTP_OPTION_HIRES_TIMER in ms. */
export function FtpGetTransferStatus(hClient: number, lpStatus: Partial<FTPTRANSFERSTATUS>): Promise<boolean> {
  return truth('FtpGetTransferStatus', hClient, [], [lpStatus])
}

/** Who opens data connections from now on: the client (true) or the server. Answers 0. */
export function FtpSetPassiveMode(hClient: number, bPassiveMode: boolean): Promise<number> {
  return number('FtpSetPassiveMode', hClient, [bPassiveMode])
}

/** FTP_FILETYPE_IMAGE (the default), _ASCII (converts line ends), or _AUTO (by the ending of the name). Answers 0. */
export function FtpSetFileType(hClient: number, nFileType: number): Promise<number> {
  return number('FtpSetFileType', hClient, [nFileType])
}

/** Seconds that each wait for the server may last from now on. Answers 0. */
export function FtpSetTimeout(hClient: number, nTimeout: number): Promise<number> {
  return number('FtpSetTimeout', hClient, [nTimeout])
}

/** Seconds. */
export function FtpGetTimeout(hClient: number): Promise<number> {
  return number('FtpGetTimeout', hClient, [])
}

/** What the server says it runs on (SYST), and the length of that; over SFTP 'SFTP'. */
export function FtpGetServerInformation(
  hClient: number,
  lpszInformation: Out<string>,
  cbInformation: number,
): Promise<number> {
  return number('FtpGetServerInformation', hClient, [cbInformation], [lpszInformation])
}

/** FTP_FEATURE_… bits: all at first, without those that the server turned out not to know. They are not tried again. 0: a failure. */
export function FtpGetFeatures(hClient: number): Promise<number> {
  return number('FtpGetFeatures', hClient, [])
}

/**
 * Has a function of this thread called at an event, one a handle and event; null: no more. FTP_EVENT_READFILE and _WRITEFILE never
 * come: they belong to the page's asynchronous mode. Answers 0.
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
      throw invalid('lpEventProc is no function, nor null.')
    return true
  })
  if (!checked) return C.FTP_ERROR
  const result = await number('FtpRegisterEvent', hClient, [nEventId, lpEventProc !== null])
  if (result === 0) setProcedure(hClient, nEventId, lpEventProc === null ? undefined : { proc: lpEventProc, dwParam })
  return result
}
