/** A parameter that the API writes through a pointer: the caller passes an object, the function sets its `value`. */
export interface Out<T> {
  /** What the function set; for a length, also what the caller passes. */
  value: T
}

/** The credentials of a client: a certificate for TLS, or a key for SSH. */
export interface SECURITYCREDENTIALS {
  /** Not zero. */
  dwSize: number
  /** `CREDENTIAL_PROTOCOL_…`. */
  dwProtocol?: number
  /** Not used. */
  dwOptions?: number
  /** Not used. */
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

/** What TLS or SSH negotiated. */
export interface SECURITYINFO {
  /** `SECURITY_PROTOCOL_…`. */
  dwProtocol: number
  /** The name of the cipher. */
  dwCipher: string
  /** The kind of key exchange. */
  dwKeyExchange: string
  /** `SECURITY_CERTIFICATE_…`. */
  dwCertStatus: number
  /** When the certificate's validity begins, UTC; null without a certificate. */
  stCertIssued: SYSTEMTIME | null
  /** When it ends, UTC; null without a certificate. */
  stCertExpires: SYSTEMTIME | null
  /** The certificate's issuer; empty without a certificate. */
  lpszCertIssuer: string
  /** The certificate's subject; empty without a certificate. */
  lpszCertSubject: string
  /** SHA-256, in the usual format of TLS or SSH. */
  lpszFingerprint: string
}

/** Month 1–12, day of the week 0 (Sunday) – 6. */
export interface SYSTEMTIME {
  /** The full year. */
  wYear: number
  /** 1 to 12. */
  wMonth: number
  /** 0 (Sunday) to 6. */
  wDayOfWeek: number
  /** 1 to 31. */
  wDay: number
  /** 0 to 23. */
  wHour: number
  /** 0 to 59. */
  wMinute: number
  /** 0 to 59. */
  wSecond: number
  /** 0 to 999. */
  wMilliseconds: number
}

/** One entry of a directory. */
export interface FTPFILESTATUS {
  /** The name, or with `FTP_ENUM_FULLPATH` the path. */
  szFileName: string
  /** The owner; empty where the server reports none. */
  szFileOwner: string
  /** The group; empty where the server reports none. */
  szFileGroup: string
  /** Whether it is a directory. */
  bIsDirectory: boolean
  /** Bytes; 0 where the server reports none. */
  dwFileSize: number
  /** Always 0. */
  dwFileLinks: number
  /** Always 0. */
  dwFileVersion: number
  /** Permission bits as in POSIX; 0 where the server reports none. */
  dwFilePerms: number
  /** UTC; null where the server reports none. */
  stFileDate: SYSTEMTIME | null
}

/** How far a transfer is. */
export interface FTPTRANSFERSTATUS {
  /** 0 while unknown. */
  dwBytesTotal: number
  /** Bytes transferred so far. */
  dwBytesCopied: number
  /** Bytes per second. */
  dwBytesPerSecond: number
  /** Seconds; milliseconds with FTP_OPTION_HIRES_TIMER. */
  dwTimeElapsed: number
  /** The time left, in the unit of `dwTimeElapsed`; 0 while unknown. */
  dwTimeEstimated: number
  /** The local path; empty where there is none. */
  szLocalFile: string
  /** The server's path. */
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
