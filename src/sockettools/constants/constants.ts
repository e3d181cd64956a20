/**
 * The constants, by family. The documentation of the API gives names only. PASSIVE, FIREWALL, NOAUTH and KEEPALIVE have the numbers
 * that programs are known to have compiled in; all other numbers of this file are arbitrary: rely on the names.
 */

export const INVALID_CLIENT = -1
export const FTP_ERROR = -1

/** Seconds, where a time limit of zero was given. */
export const FTP_TIMEOUT = 20

export const FTP_PORT = 21
export const FTPS_PORT = 990
export const SFTP_PORT = 22

// How the proxy is told the server.
export const FTP_PROXY_NONE = 0
export const FTP_PROXY_USER = 1
export const FTP_PROXY_LOGIN = 2
export const FTP_PROXY_OPEN = 3
export const FTP_PROXY_SITE = 4
export const FTP_PROXY_OTHER = 5

// Options of a connection: distinct bits, but for SECURE, which is SECURE_IMPLICIT.
export const FTP_OPTION_DEFAULT = 0
export const FTP_OPTION_PASSIVE = 0x1
export const FTP_OPTION_FIREWALL = 0x2
export const FTP_OPTION_NOAUTH = 0x4
export const FTP_OPTION_KEEPALIVE = 0x8
export const FTP_OPTION_VIRTUALHOST = 0x10
export const FTP_OPTION_VERIFY = 0x20
export const FTP_OPTION_KEEPALIVE_DATA = 0x40
export const FTP_OPTION_TRUSTEDSITE = 0x800
export const FTP_OPTION_SECURE = 0x1000
export const FTP_OPTION_SECURE_IMPLICIT = FTP_OPTION_SECURE
export const FTP_OPTION_SECURE_EXPLICIT = 0x2000
/** SFTP. */
export const FTP_OPTION_SECURE_SHELL = 0x4000
export const FTP_OPTION_SECURE_FALLBACK = 0x8000
export const FTP_OPTION_TUNNEL = 0x1_0000
export const FTP_OPTION_PREFER_IPV6 = 0x2_0000
export const FTP_OPTION_FREETHREAD = 0x4_0000
export const FTP_OPTION_HIRES_TIMER = 0x8_0000
export const FTP_OPTION_TLS_REUSE = 0x10_0000

// The protocol that credentials are for.
export const CREDENTIAL_PROTOCOL_DEFAULT = 0
export const CREDENTIAL_PROTOCOL_TLS = 1
export const CREDENTIAL_PROTOCOL_SSH = 2

export const FTP_CHANNEL_COMMAND = 0
export const FTP_CHANNEL_DATA = 1
export const FTP_CHANNEL_CLEAR = 0
export const FTP_CHANNEL_SECURE = 1

// The state of a client.
export const FTP_STATUS_UNUSED = 0
export const FTP_STATUS_IDLE = 1
export const FTP_STATUS_CONNECT = 2
export const FTP_STATUS_READ = 3
export const FTP_STATUS_WRITE = 4
export const FTP_STATUS_DISCONNECT = 5
export const FTP_STATUS_OPENFILE = 6
export const FTP_STATUS_CLOSEFILE = 7
export const FTP_STATUS_GETFILE = 8
export const FTP_STATUS_PUTFILE = 9
export const FTP_STATUS_FILELIST = 10

export const FTP_FILETYPE_AUTO = 0
export const FTP_FILETYPE_ASCII = 1
export const FTP_FILETYPE_EBCDIC = 2
export const FTP_FILETYPE_IMAGE = 3

export const FTP_FILE_READ = 0
export const FTP_FILE_WRITE = 1
export const FTP_FILE_APPEND = 2

export const FTP_TRANSFER_DEFAULT = 0
export const FTP_TRANSFER_APPEND = 1

export const FTP_LIST_DEFAULT = 0
export const FTP_LIST_NAMEONLY = 1

export const FTP_ENUM_DEFAULT = 0
export const FTP_ENUM_FILE = 1
export const FTP_ENUM_DIRECTORY = 2
export const FTP_ENUM_FULLPATH = 4

export const FTP_VERIFY_DEFAULT = 0
export const FTP_VERIFY_SIZE = 1
export const FTP_VERIFY_CRC32 = 2
export const FTP_VERIFY_MD5 = 4

export const TRACE_INFO = 0
export const TRACE_ERROR = 1
export const TRACE_WARNING = 2
export const TRACE_HEXDUMP = 4

export const FTP_EVENT_CONNECT = 1
export const FTP_EVENT_DISCONNECT = 2
export const FTP_EVENT_OPENFILE = 3
export const FTP_EVENT_CLOSEFILE = 4
export const FTP_EVENT_READFILE = 5
export const FTP_EVENT_WRITEFILE = 6
export const FTP_EVENT_TIMEOUT = 7
export const FTP_EVENT_CANCEL = 8
export const FTP_EVENT_COMMAND = 9
export const FTP_EVENT_PROGRESS = 10

// Features of a server: set until it replies that it does not support the command.
export const FTP_FEATURE_SIZE = 0x1
export const FTP_FEATURE_STAT = 0x2
export const FTP_FEATURE_MDTM = 0x4
export const FTP_FEATURE_REST = 0x8
export const FTP_FEATURE_SITE = 0x10
export const FTP_FEATURE_IDLE = 0x20
export const FTP_FEATURE_CHMOD = 0x40
export const FTP_FEATURE_AUTH = 0x80
export const FTP_FEATURE_PBSZ = 0x100
export const FTP_FEATURE_PROT = 0x200
export const FTP_FEATURE_CCC = 0x400
export const FTP_FEATURE_HOST = 0x800
export const FTP_FEATURE_MLST = 0x1000
export const FTP_FEATURE_MFMT = 0x2000
export const FTP_FEATURE_XCRC = 0x4000
export const FTP_FEATURE_XMD5 = 0x8000
export const FTP_FEATURE_LANG = 0x1_0000
export const FTP_FEATURE_UTF8 = 0x2_0000

/** In SECURITYINFO: whether the certificate or the host key is trusted. */
export const SECURITY_CERTIFICATE_VALID = 1
export const SECURITY_CERTIFICATE_UNTRUSTED = 2

export const SECURITY_PROTOCOL_NONE = 0
export const SECURITY_PROTOCOL_TLS10 = 1
export const SECURITY_PROTOCOL_TLS11 = 2
export const SECURITY_PROTOCOL_TLS12 = 3
export const SECURITY_PROTOCOL_TLS13 = 4
export const SECURITY_PROTOCOL_SSH2 = 5
