import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkArguments, textOrNull, whole } from '../calls/call.js'
import { startTrace, stopTrace } from '../client/trace.js'
import { TRACE_HEXDUMP } from '../constants/constants.js'
import {
  Failure,
  lastFailure,
  ST_ERROR_BUFFER_TOO_SMALL,
  ST_ERROR_NOT_INITIALIZED,
  setLastFailure,
  textOf,
} from '../constants/errors.js'
import type { Out } from '../constants/structures.js'
import { closeAll } from '../handles/handles.js'
import { attempt, fill, pointer } from './invoke.js'

// Every worker thread loads this module separately, and so initializes separately.
let initialized = false

export function checkInitialized(): void {
  if (!initialized) throw new Failure(ST_ERROR_NOT_INITIALIZED)
}

/** Must be called first in every thread that connects. No licence is required; both arguments may be null. */
export async function FtpInitialize(
  _lpszLicenseKey: string | null = null,
  _lpData: object | null = null,
): Promise<boolean> {
  initialized = true
  return true
}

/** Closes every handle that this thread holds, and its trace. Afterwards FtpInitialize must be called again. */
export async function FtpUninitialize(): Promise<void> {
  initialized = false
  await closeAll()
  await attempt(undefined, stopTrace)
}

/** Resolves with the error of the last function that failed in this thread: one of ST_ERROR_…. A function that succeeds does not change it. */
export async function FtpGetLastError(): Promise<number> {
  return lastFailure().code
}

/** Sets the last error, usually to 0. */
export async function FtpSetLastError(dwErrorCode: number): Promise<void> {
  await attempt(undefined, async () => {
    checkArguments([whole('dwErrorCode')], [dwErrorCode])
    setLastFailure(new Failure(dwErrorCode))
  })
}

/**
 * Resolves with the length of an error's text; with 0 for an unknown number. For this thread's last error a sentence about that
 * failure follows.
 */
export async function FtpGetErrorString(
  dwErrorCode: number,
  lpszDescription: Out<string>,
  cbDescription: number,
): Promise<number> {
  const value = description(dwErrorCode)
  return await attempt(0, async () => {
    checkArguments([whole('cbDescription', 1)], [cbDescription])
    if (value.length > cbDescription)
      throw new Failure(ST_ERROR_BUFFER_TOO_SMALL, `It must hold ${value.length} characters.`)
    fill(pointer('lpszDescription', lpszDescription), { value })
    return value.length
  })
}

function description(code: number): string {
  const text = textOf(code)
  if (text === undefined) return ''
  const { code: last, message } = lastFailure()
  return code === last && message !== '' ? `${text}. ${message}` : text
}

/**
 * Appends the commands and replies of this thread's connections to a file, secrets masked. null: cstrace.log in the temporary
 * directory. TRACE_ERROR and TRACE_WARNING restrict it; TRACE_HEXDUMP is like TRACE_INFO: file contents are not written.
 */
export async function FtpEnableTrace(lpszTraceFile: string | null, dwTraceFlags: number): Promise<boolean> {
  return await attempt(false, async () => {
    const takes = [textOrNull('lpszTraceFile'), whole('dwTraceFlags', 0, 2 * TRACE_HEXDUMP - 1)]
    checkArguments(takes, [lpszTraceFile, dwTraceFlags])
    await startTrace(lpszTraceFile || join(tmpdir(), 'cstrace.log'), dwTraceFlags)
    return true
  })
}

/** Ends the trace; resolves once everything is in the file. */
export async function FtpDisableTrace(): Promise<boolean> {
  return await attempt(false, async () => {
    await stopTrace()
    return true
  })
}
