/** What is known of one server program that none of its replies shows. Absent members: as for unknown servers. */
export interface Quirks {
  readonly program: string
  /**
   * Runs commands that are sent together one after the other. Others are never sent a command before they answered the last:
   * pyftpdlib runs commands during a transfer, and of the rest nothing is known.
   */
  readonly pipelining?: true
  /**
   * Leaves a command alone that comes during a transfer until that is over; 'plaintext': unless its data is under TLS. Pure-FTPd
   * reads what comes meanwhile, answers all of it with one 500, and forgets it; ProFTPD answers 450, but sees nothing while it hands a
   * file to sendfile().
   */
  readonly queuesDuringTransfer?: 'always' | 'plaintext'
  /** An RNFR that no RNTO follows means nothing to it. ProFTPD answers 501 to whatever comes then but RNTO, for ever. */
  readonly forgetsRename?: true
  /** Closes a data connection whose TLS handshake begins before the transfer command, and answers 1xx without waiting for it. */
  readonly handshakesLast?: true
  /** LIST leaves out names with a leading dot unless it is asked for them with -a, which others answer with nothing. */
  readonly hidesDotFiles?: true
  /** Lists the directory that MLSD names. Some other servers ignore the name and list where they are. */
  readonly listsByName?: true
  /** Takes MDTM with two arguments, the first of which is the time to set. */
  readonly setsTimesByMdtm?: true
  /** Reads a byte 0xFF in a command as it is, where RFC 959 section 3.1.1.1 has Telnet, whose 0xFF is sent twice. */
  readonly literalTelnet?: true
  /** MDTM may be in the server's local time (use_localtime of vsftpd, TimesGMT of ProFTPD), and no reply tells. */
  readonly localTimes?: true
  /** Stores a part of what it is sent compressed (MODE Z), or more than there was, and answers 226 (ProFTPD 1.3.8). */
  readonly damagesDeflated?: true
}

interface Program extends Quirks {
  /** What gives it away in its greeting. */
  readonly words: RegExp
  /** What only this program lists in its FEAT reply: greetings are often replaced by the host's name. */
  readonly lists?: readonly string[]
  readonly lacks?: readonly string[]
}

/** The first row that fits wins. */
const PROGRAMS: readonly Program[] = [
  {
    program: 'vsftpd',
    words: /\bvsftpd\b/i,
    lists: ['PASV', 'TVFS'],
    lacks: ['MLST'],
    pipelining: true,
    queuesDuringTransfer: 'always',
    forgetsRename: true,
    hidesDotFiles: true,
    setsTimesByMdtm: true,
    literalTelnet: true,
    localTimes: true,
  },
  {
    program: 'proftpd',
    words: /\bproftpd\b/i,
    lists: ['CSID', 'RANG', 'SITE'],
    pipelining: true,
    queuesDuringTransfer: 'plaintext',
    damagesDeflated: true,
    localTimes: true,
    listsByName: true,
  },
  {
    program: 'pure-ftpd',
    words: /\bpure-?ftpd\b/i,
    lists: ['ESTA', 'ESTP'],
    pipelining: true,
    listsByName: true,
    forgetsRename: true,
    literalTelnet: true,
  },
  { program: 'pyftpdlib', words: /\bpyftpdlib\b/i, forgetsRename: true, handshakesLast: true, listsByName: true },
  { program: 'inetutils', words: /\binetutils\b/i, hidesDotFiles: true },
  // Known by name alone, so that what they list is not taken for another program's.
  { program: 'filezilla', words: /\bfilezilla\b/i },
  { program: 'serv-u', words: /\bserv-?u\b/i },
  { program: 'iis', words: /\bmicrosoft ftp\b|\bwindows_nt\b/i },
  { program: 'squid', words: /\bsquid\b/i },
  { program: 'bftpd', words: /\bbftpd\b/i },
  { program: 'aioftp', words: /\baioftp\b/i },
  { program: 'vms', words: /\b(?:open)?vms\b/i },
  { program: 'mvs', words: /\bmvs\b|\bz\/os\b/i },
]

/** A server that cannot be told apart from others. */
export const UNKNOWN_PROGRAM: Quirks = { program: 'unknown' }

/** Returns the quirks of the program that answers, as far as its greeting or what it lists in FEAT gives it away. */
export function quirksOf(greeting: string, lists: (verb: string) => boolean = () => false): Quirks {
  const text = greeting.slice(0, 4000)
  const byWords = PROGRAMS.find(({ words }) => words.test(text))
  const byFeat = PROGRAMS.find((one) => one.lists?.every(lists) && !one.lacks?.some(lists))
  return byWords ?? byFeat ?? UNKNOWN_PROGRAM
}
