import { type ReplyText, TransferError } from '../../../errors.js'
import { expandHost } from '../../../ftp/login/login-script.js'
import { resolve } from '../../target/plan.js'
import type { Subject } from '../report/subject.js'
import { openWithoutLogin } from './reach.js'

/** How an FTP proxy reacted to the first command of a dialect. */
export interface DialectProbe {
  /** As in `ftp+NAME`. */
  readonly dialect: string
  /** The line that was sent. */
  readonly command: string
  /** What was received; absent: the proxy closed the connection, or did not reply in time. */
  readonly reply?: ReplyText
  /** 'accepted': it supports the command; 'refused': it supports it and rejects this server; 'unknown': it does not support it. */
  readonly reaction: 'accepted' | 'refused' | 'unknown'
}

/** An unused name. No password is ever sent with it. */
const NOBODY = 'sallyport-doctor'

/** First the commands without a name, then the throw-away user. A proxy answers at least the unknown ones with an error, without effect. */
const PROBES: readonly { readonly dialect: string; readonly line: (host: string) => string }[] = [
  { dialect: 'open', line: (host) => `OPEN ${host}` },
  { dialect: 'site', line: (host) => `SITE ${host}` },
  { dialect: 'user', line: (host) => `USER ${NOBODY}@${host}` },
  { dialect: 'login', line: () => `USER ${NOBODY}` },
]

/** Asks the FTP proxy each first command, on a connection of its own, until one is clear; no secret of the caller's is sent. */
export async function probeDialects(subject: Subject): Promise<DialectProbe[]> {
  const { plan, ftpProxy } = subject
  const { serverPort = 'non-default', portSeparator = ':' } = ftpProxy?.options ?? {}
  const host = expandHost({ ...plan.target.server, serverPort, portSeparator })
  const probes: DialectProbe[] = []
  for (const { dialect, line } of PROBES) {
    const command = line(host)
    const reply = await answerTo(command, subject)
    const reaction = reactionOf(dialect, reply)
    probes.push({ dialect, command, reply, reaction })
    if (reaction === 'accepted' && !command.startsWith('USER')) break
  }
  return probes
}

/** The dialects that fit the reactions, the likeliest first. */
export function likely(probes: readonly DialectProbe[]): string[] {
  const knows = (dialect: string): boolean =>
    probes.some((probe) => probe.dialect === dialect && probe.reaction !== 'unknown')
  const named = ['open', 'site'].filter(knows)
  if (named.length > 0) return named
  // A proxy that accepts any user asks for its own login, which shows nothing yet of how the server is named.
  if (knows('login')) return ['login', 'site', 'login-open', 'proxyuser']
  return knows('user') ? ['user', 'joined', 'raptor', 'authorize'] : []
}

async function answerTo(command: string, { plan, tunnels, ftpProxy }: Subject): Promise<ReplyText | undefined> {
  if (!ftpProxy) return undefined
  const { target, signal, limits: timeouts, preferIPv6 } = plan
  const tls = plan.protocol === 'ftp' ? plan.tls?.options : undefined
  const host = target.server.host.includes(':') ? `[${target.server.host}]` : target.server.host
  const secured = target.scheme !== 'ftp' && tls?.scope === 'proxy'
  try {
    const remote = await openWithoutLogin(
      resolve(
        `${secured ? target.scheme : 'ftp'}://${host}:${target.server.port}`,
        {
          signal,
          timeouts,
          preferIPv6,
          proxy: [...tunnels, { dialect: 'other', ...ftpProxy.endpoint }],
          ...(secured && { tls }),
        },
        {},
      ),
    )
    try {
      return await remote.session.command(command, { signal })
    } finally {
      await remote.close()
    }
  } catch (error) {
    if (signal?.aborted) throw error
    return error instanceof TransferError ? error.reply : undefined
  }
}

/** Replies of a proxy that does not know the command, or waits for another one first. */
const STRANGE = [500, 501, 502, 503, 504, 530]

function reactionOf(dialect: string, reply: ReplyText | undefined): DialectProbe['reaction'] {
  if (!reply) return 'unknown'
  if (reply.code < 400) return 'accepted'
  // OPEN and SITE are also refused with 530 when the server cannot be reached; the text is specific.
  const unreachable =
    dialect !== 'login' && /connect|reach|resol|host unknown|unknown host|not allowed/i.test(reply.text)
  return STRANGE.includes(reply.code) && !unreachable ? 'unknown' : 'refused'
}
