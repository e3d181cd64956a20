/** A parameter that the API writes through a pointer: the caller passes an object, the function sets its `value`. */
export interface Out<T> {
  value: T
}

export interface SECURITYCREDENTIALS {
  /** Not zero. */
  dwSize: number
  dwProtocol?: number
  dwOptions?: number
  dwReserved?: number
  /** The user of an SSH connection. */
  lpszUserName?: string | null
  /** The passphrase of the private key or the PFX file; with SSH and no key, the user's password. */
  lpszPassword?: string | null
  /** A PEM file with certificate and key, or a PFX file; with SSH, a private key. */
  lpszCertStore?: string | null
  /** Selects a certificate of the PEM file by its common name. */
  lpszCertName?: string | null
}

export interface SECURITYINFO {
  dwProtocol: number
  dwCipher: string
  dwKeyExchange: string
  dwCertStatus: number
  stCertIssued: SYSTEMTIME | null
  stCertExpires: SYSTEMTIME | null
  lpszCertIssuer: string
  lpszCertSubject: string
  /** SHA-256, in the usual format of TLS or SSH. */
  lpszFingerprint: string
}

/** Month 1–12, day of the week 0 (Sunday) – 6. */
export interface SYSTEMTIME {
  wYear: number
  wMonth: number
  wDayOfWeek: number
  wDay: number
  wHour: number
  wMinute: number
  wSecond: number
  wMilliseconds: number
}

export interface FTPFILESTATUS {
  szFileName: string
  szFileOwner: string
  szFileGroup: string
  bIsDirectory: boolean
  /** Bytes; 0 where the server reports none. */
  dwFileSize: number
  dwFileLinks: number
  dwFileVersion: number
  /** Permission bits as in POSIX; 0 where the server reports none. */
  dwFilePerms: number
  /** UTC; null where the server reports none. */
  stFileDate: SYSTEMTIME | null
}

export interface FTPTRANSFERSTATUS {
  /** 0 while unknown. */
  dwBytesTotal: number
  dwBytesCopied: number
  dwBytesPerSecond: number
  /** Seconds; milliseconds with FTP_OPTION_HIRES_TIMER. */
  dwTimeElapsed: number
  dwTimeEstimated: number
  szLocalFile: string
  szRemoteFile: string
}

/** Called with the handle, the event, the error (0 for none) and the value given at registration. */
export type FTPEVENTPROC = (hClient: number, nEventId: number, dwError: number, dwParam: unknown) => void

export function systemTime(date: Date, local = false): SYSTEMTIME {
  const shifted = local ? new Date(date.getTime() - date.getTimezoneOffset() * 60_000) : date
  return {
    wYear: shifted.getUTCFullYear(),
    wMonth: shifted.getUTCMonth() + 1,
    wDayOfWeek: shifted.getUTCDay(),
    wDay: shifted.getUTCDate(),
    wHour: shifted.getUTCHours(),
    wMinute: shifted.getUTCMinutes(),
    wSecond: shifted.getUTCSeconds(),
    wMilliseconds: shifted.getUTCMilliseconds(),
  }
}

/** Converts to a Date, as UTC; returns undefined for an invalid day or hour. */
export function dateOf(time: SYSTEMTIME): Date | undefined {
  const { wYear, wMonth, wDay, wHour, wMinute, wSecond, wMilliseconds } = time
  const date = new Date(Date.UTC(wYear, wMonth - 1, wDay, wHour, wMinute, wSecond, wMilliseconds))
  if (Number.isNaN(date.getTime())) return undefined
  const { wDayOfWeek: _, ...back } = systemTime(date)
  const same = Object.entries(back).every(([name, value]) => time[name as keyof SYSTEMTIME] === value)
  return same ? date : undefined
}
