import type { Security, SshSecurity } from '../../index.js'
import { type Client, LOGGED_IN } from '../client/client.js'
import { statusOf } from '../client/progress.js'
import * as C from '../constants/constants.js'
import { Failure, invalid, ST_ERROR_BUFFER_TOO_SMALL, ST_ERROR_NOT_SUPPORTED } from '../constants/errors.js'
import { type SECURITYINFO, systemTime } from '../constants/structures.js'
import { type Answer, call, flag, oneOf, text, textOrNull, whole } from './call.js'

/** Seconds; the longest that Node's timers support. */
export const LONGEST_TIMEOUT = 2_147_483

const ALWAYS = { always: true, needs: 'nothing' } as const

export const sessionCalls = {
  FtpLogin: call<[string | null, string | null, string | null]>({
    takes: [textOrNull('lpszUserName'), textOrNull('lpszPassword'), textOrNull('lpszAccount')],
    needs: 'connection',
    completes: LOGGED_IN,
    async run(client, [user, password, account], { signal }) {
      await logIn(client, { user, password, account }, signal)
      return { result: client.code(230) }
    },
  }),

  FtpLogout: call<[]>({
    takes: [],
    async run(client, _, { signal }) {
      await client.remote.logout({ signal })
      client.loggedIn = false
      return { result: client.code(220) }
    },
  }),

  FtpDisconnect: call<[]>({
    takes: [],
    needs: 'nothing',
    status: C.FTP_STATUS_DISCONNECT,
    async run(client, _, { end }) {
      await end()
      return { result: client.code(221) }
    },
  }),

  FtpCommand: call<[string, string | null]>({
    takes: [text('lpszCommand'), textOrNull('lpszParameter')],
    needs: 'connection',
    async run(client, [command, parameter], { signal }) {
      const line = parameter ? `${command} ${parameter}` : command
      const reply = await client.remote.session.command(line, { signal })
      // A login by commands, as through a proxy of type OTHER, or its end.
      if (/^(USER|PASS|ACCT)\b/i.test(command) && LOGGED_IN.includes(reply.code)) client.loggedIn = true
      if (/^REIN\b/i.test(command) && reply.code < 300) client.loggedIn = client.plan.parsed.noAuth
      return { result: reply.code }
    },
  }),

  FtpGetResultCode: call<[]>({
    takes: [],
    needs: 'nothing',
    run: (client) => ({ result: client.reply?.code ?? 0 }),
  }),

  FtpGetResultString: call<[number]>({
    takes: [whole('cbResult', 1)],
    gives: ['lpszResult'],
    needs: 'nothing',
    run: (client, [most]) => textAnswer(client.reply?.text ?? '', most),
  }),

  FtpSetChannelMode: call<[number, number]>({
    takes: [
      oneOf('nChannel', C.FTP_CHANNEL_COMMAND, C.FTP_CHANNEL_DATA),
      oneOf('nMode', C.FTP_CHANNEL_CLEAR, C.FTP_CHANNEL_SECURE),
    ],
    needs: 'connection',
    async run(client, [channel, wanted], { signal }) {
      const mode = wanted === C.FTP_CHANNEL_SECURE ? 'secure' : 'clear'
      const name = channel === C.FTP_CHANNEL_DATA ? 'data' : 'command'
      await client.remote.setChannelMode(name, mode, { signal })
      if (name === 'data') client.dataSecure = mode === 'secure'
      return { result: 0 }
    },
  }),

  FtpGetChannelMode: call<[number]>({
    takes: [oneOf('nChannel', C.FTP_CHANNEL_COMMAND, C.FTP_CHANNEL_DATA)],
    needs: 'nothing',
    run(client, [channel]) {
      const secure = channel === C.FTP_CHANNEL_DATA ? client.dataSecure : client.remote.security !== undefined
      return { result: secure ? C.FTP_CHANNEL_SECURE : C.FTP_CHANNEL_CLEAR }
    },
  }),

  FtpGetSecurityInformation: call<[]>({
    takes: [],
    gives: ['lpSecurityInfo'],
    failure: false,
    needs: 'nothing',
    run: (client) => ({ result: true, out: [securityInfo(client.remote.security)] }),
  }),

  /** The owner is changed at once, also during a running call, which was admitted before. */
  FtpAttachThread: call<[number]>({
    takes: [whole('dwThreadId')],
    ...ALWAYS,
    run(client, [thread], { caller }) {
      const before = client.owner
      client.owner = thread === 0 ? caller.thread : thread
      return { result: before }
    },
  }),

  FtpCancel: call<[]>({ takes: [], ...ALWAYS, run: (client) => cancelled(client) }),

  FtpGetStatus: call<[]>({ takes: [], ...ALWAYS, run: (client) => ({ result: client.status }) }),

  FtpIsConnected: call<[]>({
    takes: [],
    failure: false,
    needs: 'nothing',
    run: (client) => ({ result: client.connected }),
  }),

  FtpGetTransferStatus: call<[]>({
    takes: [],
    gives: ['lpStatus'],
    failure: false,
    ...ALWAYS,
    run: (client) => ({
      result: true,
      out: [statusOf(client.running ?? client.progress, client.plan.parsed.hires)],
    }),
  }),

  FtpSetPassiveMode: call<[boolean]>({
    takes: [flag('bPassiveMode')],
    needs: 'connection',
    run(client, [passive]) {
      if (!passive && client.plan.options.tunnel)
        throw invalid('A connection with FTP_OPTION_TUNNEL is passive: the server cannot connect back through it.')
      client.remote.configure({ dataMode: passive ? 'passive' : 'active' })
      return { result: 0 }
    },
  }),

  FtpSetFileType: call<[number]>({
    takes: [oneOf('nFileType', C.FTP_FILETYPE_AUTO, C.FTP_FILETYPE_ASCII, C.FTP_FILETYPE_EBCDIC, C.FTP_FILETYPE_IMAGE)],
    needs: 'nothing',
    run(client, [type]) {
      if (type === C.FTP_FILETYPE_EBCDIC) throw new Failure(ST_ERROR_NOT_SUPPORTED, 'EBCDIC is not supported.')
      client.fileType = type
      return { result: 0 }
    },
  }),

  FtpSetTimeout: call<[number]>({
    takes: [whole('nTimeout', 1, LONGEST_TIMEOUT)],
    needs: 'nothing',
    run(client, [seconds]) {
      client.remote.configure({ timeouts: timeoutsOf(seconds) })
      client.seconds = seconds
      return { result: 0 }
    },
  }),

  FtpGetTimeout: call<[]>({ takes: [], needs: 'nothing', run: (client) => ({ result: client.seconds }) }),

  FtpGetServerInformation: call<[number]>({
    takes: [whole('cbInformation', 1)],
    gives: ['lpszInformation'],
    async run(client, [most], { signal }) {
      if (client.remote.session.protocol === 'sftp') return textAnswer('SFTP', most)
      const reply = await client.remote.session.command('SYST', { signal })
      if (reply.code >= 300) throw new Failure(ST_ERROR_NOT_SUPPORTED, `The server answered SYST with ${reply.code}.`)
      return textAnswer(reply.text, most)
    },
  }),

  FtpGetFeatures: call<[]>({
    takes: [],
    failure: 0,
    needs: 'nothing',
    run: (client) => ({ result: client.watch.features }),
  }),

  FtpRegisterEvent: call<[number, boolean]>({
    takes: [whole('nEventId', C.FTP_EVENT_CONNECT, C.FTP_EVENT_PROGRESS), flag('lpEventProc')],
    needs: 'nothing',
    run(client, [event, wanted], { caller }) {
      if (wanted) client.listeners.set(event, (error) => caller.notify(event, error))
      else client.listeners.delete(event)
      return { result: 0 }
    },
  }),
}

function cancelled(client: Client): Answer {
  client.cancel('FtpCancel was called.')
  return { result: 0 }
}

/** Returns the limits for nTimeout. The confirmation of a long transfer may take longer than any other reply. */
export function timeoutsOf(seconds: number): { connect: number; reply: number; idle: number; confirm: number } {
  const limit = seconds * 1000
  return { connect: limit, reply: limit, idle: limit, confirm: Math.max(limit, 300_000) }
}

/** SSH has no anonymous logins in this API; the name of the process's user is not used instead. */
export function anonymousSsh(): Failure {
  return invalid('A connection with FTP_OPTION_SECURE_SHELL needs a user name.')
}

interface Names {
  readonly user: string | null
  readonly password: string | null
  readonly account: string | null
}

/** Logs in; without a user name as anonymous. SFTP connects only here, unless it did before. */
async function logIn(client: Client, { user, password, account }: Names, signal: AbortSignal): Promise<void> {
  if (client.plan.parsed.scheme === 'sftp' && !user && !client.plan.options.user) throw anonymousSsh()
  const who = {
    ...(user && { user }),
    ...(password && { password }),
    ...(account && { account }),
  }
  if (client.waitsForLogin) await client.open({ ...who, signal })
  else await client.remote.login(who, { signal })
  client.loggedIn = true
}

/** Returns a text for a pointer, and its length; a text that does not fit is not truncated. */
export function textAnswer(value: string, most: number): Answer {
  if (value.length <= most) return { result: value.length, out: [{ value }] }
  throw new Failure(ST_ERROR_BUFFER_TOO_SMALL, `The text is longer than the ${most} characters allowed.`)
}

const PROTOCOLS: Readonly<Record<string, number>> = {
  TLSv1: C.SECURITY_PROTOCOL_TLS10,
  'TLSv1.1': C.SECURITY_PROTOCOL_TLS11,
  'TLSv1.2': C.SECURITY_PROTOCOL_TLS12,
  'TLSv1.3': C.SECURITY_PROTOCOL_TLS13,
  'SSH-2.0': C.SECURITY_PROTOCOL_SSH2,
}

function securityInfo(security: Security | SshSecurity | undefined): SECURITYINFO {
  const certificate = security?.certificate
  const hostKey = security && 'hostKey' in security ? security.hostKey.fingerprint : undefined
  return {
    dwProtocol: PROTOCOLS[security?.protocol ?? ''] ?? C.SECURITY_PROTOCOL_NONE,
    dwCipher: security?.cipher ?? '',
    dwKeyExchange: security?.keyExchange ?? '',
    dwCertStatus: security?.trusted ? C.SECURITY_CERTIFICATE_VALID : C.SECURITY_CERTIFICATE_UNTRUSTED,
    stCertIssued: certificate ? systemTime(certificate.validFrom) : null,
    stCertExpires: certificate ? systemTime(certificate.validTo) : null,
    lpszCertIssuer: certificate?.issuer ?? '',
    lpszCertSubject: certificate?.subject ?? '',
    lpszFingerprint: certificate?.fingerprint256 ?? hostKey ?? '',
  }
}
