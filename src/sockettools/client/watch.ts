import type { ReplyText, TransferEvent } from '../../index.js'
import * as C from '../constants/constants.js'

/** Follows the state of a client from the events of its connection. */
export class Watch {
  /** Control connections that are open. */
  connections = 0
  /** Features that the server has not refused yet. */
  features = ALL_FEATURES
  /** Verbs whose final reply is pending, by control connection. */
  readonly #asked = new Map<number, string[]>()
  /** Replies since begin(), oldest first. */
  #replies: ReplyText[] = []

  /** Begins a call: earlier replies do not belong to it. */
  begin(): void {
    this.#replies = []
  }

  /** Returns the reply of a call: the last with the first of the codes that was received, else the last of all. */
  reply(codes: readonly number[]): ReplyText | undefined {
    for (const code of codes) {
      const found = this.#replies.findLast((reply) => reply.code === code)
      if (found) return found
    }
    return this.#replies.at(-1)
  }

  see(event: TransferEvent): void {
    if (event.type === 'connected') this.connections++
    else if (event.type === 'closed') this.#closed(event.session)
    else if (event.type === 'command') this.#command(event)
    else if (event.type === 'reply') this.#reply(event)
  }

  #closed(session: number): void {
    this.connections = Math.max(0, this.connections - 1)
    this.#asked.delete(session)
  }

  #command({ session, text }: TransferEvent & { type: 'command' }): void {
    const verbs = this.#asked.get(session) ?? []
    this.#asked.set(session, verbs)
    const [verb = '', word = ''] = text.toUpperCase().split(' ')
    verbs.push(verb === 'SITE' ? `SITE ${word}` : verb)
  }

  #reply({ session, code, lines }: TransferEvent & { type: 'reply' }): void {
    // SFTP has status codes of its own.
    if (code < 100) return
    if (this.#replies.length >= MAX_REPLIES) this.#replies.shift()
    this.#replies.push({ code, text: lines.join('\n') })
    if (code < 200) return
    const verb = this.#asked.get(session)?.shift() ?? ''
    if (code === 500 || code === 502 || code === 504) this.features &= ~(FEATURES[verb] ?? 0)
  }
}

/** Replies kept for a call: most calls send a few commands; one on a tree of files would send thousands. */
const MAX_REPLIES = 50

/** The bit that is cleared when the command turns out to be unknown. */
const FEATURES: Readonly<Record<string, number>> = {
  SIZE: C.FTP_FEATURE_SIZE,
  STAT: C.FTP_FEATURE_STAT,
  MDTM: C.FTP_FEATURE_MDTM,
  REST: C.FTP_FEATURE_REST,
  'SITE ': C.FTP_FEATURE_SITE,
  'SITE IDLE': C.FTP_FEATURE_IDLE,
  'SITE CHMOD': C.FTP_FEATURE_CHMOD,
  AUTH: C.FTP_FEATURE_AUTH,
  PBSZ: C.FTP_FEATURE_PBSZ,
  PROT: C.FTP_FEATURE_PROT,
  CCC: C.FTP_FEATURE_CCC,
  HOST: C.FTP_FEATURE_HOST,
  MLST: C.FTP_FEATURE_MLST,
  MLSD: C.FTP_FEATURE_MLST,
  MFMT: C.FTP_FEATURE_MFMT,
  XCRC: C.FTP_FEATURE_XCRC,
  XMD5: C.FTP_FEATURE_XMD5,
  LANG: C.FTP_FEATURE_LANG,
}

const ALL_FEATURES = Object.values(FEATURES).reduce((all, bit) => all | bit, C.FTP_FEATURE_UTF8)
