import type { ConnectOptions } from '../../index.js'
import { checkArguments, oneOf, optionBits, reserved, text, textOrNull, whole } from '../calls/call.js'
import { anonymousSsh, LONGEST_TIMEOUT, timeoutsOf } from '../calls/session.js'
import { Client, type Plan } from '../client/client.js'
import { credentialOptions } from '../client/credentials.js'
import {
  hostAndPort,
  type ParsedOptions,
  type ProxyArguments,
  parseOptions,
  proxyOf,
  urlOf,
} from '../client/options.js'
import * as C from '../constants/constants.js'
import { invalid } from '../constants/errors.js'
import type { Out, SECURITYCREDENTIALS } from '../constants/structures.js'
import { handleFor } from '../handles/handles.js'
import { ownThread } from '../handles/threads.js'
import { attempt, fill, pointer } from './invoke.js'
import { checkInitialized } from './process.js'

const HOST = text('lpszRemoteHost')
const TIMEOUT = whole('nTimeout', 0, LONGEST_TIMEOUT)
const OPTIONS = optionBits('dwOptions')
const PORT = (name: string) => whole(name, 0, 65_535)

/**
 * Connects to a server and logs in, unless FTP_OPTION_NOAUTH is set; no user name: anonymous. Port 0: 21, 990 with
 * FTP_OPTION_SECURE_IMPLICIT, 22 with FTP_OPTION_SECURE_SHELL. nTimeout in seconds; 0: 20. Resolves with a handle or INVALID_CLIENT.
 */
export async function FtpConnect(
  lpszRemoteHost: string,
  nRemotePort: number,
  lpszUserName: string | null,
  lpszPassword: string | null,
  nTimeout: number,
  dwOptions: number,
  lpCredentials: SECURITYCREDENTIALS | null = null,
): Promise<number> {
  return await attempt(C.INVALID_CLIENT, async () => {
    checkArguments(
      [HOST, PORT('nRemotePort'), textOrNull('lpszUserName'), textOrNull('lpszPassword'), TIMEOUT, OPTIONS],
      [lpszRemoteHost, nRemotePort, lpszUserName, lpszPassword, nTimeout, dwOptions],
    )
    const parsed = parseOptions(dwOptions)
    const { host, port } = hostAndPort(lpszRemoteHost)
    if (port !== 0) throw invalid('The port belongs in nRemotePort, not after the name of the host.')
    const login = !parsed.noAuth || parsed.scheme === 'sftp'
    const more = { ...(lpszUserName && { user: lpszUserName }), ...(lpszPassword && { password: lpszPassword }) }
    const plan = await planOf({ host, port: nRemotePort, nTimeout, parsed, lpCredentials })
    if (parsed.scheme === 'sftp' && !lpszUserName && !plan.options.user) throw anonymousSsh()
    return await connected(plan, { ...(login ? more : {}), ...loginOf(parsed, login) })
  })
}

/**
 * Connects through a proxy. The remote host may include its port, `host:port`; proxy port 0 is 21. FtpLogin must be called next,
 * unless FTP_OPTION_NOAUTH is set. FTP_PROXY_NONE connects directly and ignores the other proxy arguments; over SFTP FtpLogin then
 * opens the connection, since SFTP requires a login. Resolves with a handle or INVALID_CLIENT.
 */
export async function FtpProxyConnect(
  nProxyType: number,
  lpszProxyHost: string | null,
  nProxyPort: number,
  lpszProxyUser: string | null,
  lpszProxyPassword: string | null,
  lpszRemoteHost: string,
  nTimeout: number,
  dwOptions: number,
  lpCredentials: SECURITYCREDENTIALS | null = null,
): Promise<number> {
  return await attempt(C.INVALID_CLIENT, async () => {
    checkArguments([whole('nProxyType'), HOST, TIMEOUT, OPTIONS], [nProxyType, lpszRemoteHost, nTimeout, dwOptions])
    const proxy = { nProxyType, lpszProxyHost, nProxyPort, lpszProxyUser, lpszProxyPassword }
    if (nProxyType !== C.FTP_PROXY_NONE) checkProxy(proxy)
    const parsed = parseOptions(dwOptions)
    const plan = await planOf({ ...hostAndPort(lpszRemoteHost), nTimeout, parsed, lpCredentials, proxy })
    if (parsed.scheme === 'sftp') return pendingHandle(plan)
    return await connected(plan, loginOf(parsed, false))
  })
}

function checkProxy(proxy: ProxyArguments): void {
  checkArguments(
    [text('lpszProxyHost'), PORT('nProxyPort'), textOrNull('lpszProxyUser'), textOrNull('lpszProxyPassword')],
    [proxy.lpszProxyHost, proxy.nProxyPort, proxy.lpszProxyUser, proxy.lpszProxyPassword],
  )
}

/** Returns the login option: SFTP has no connections without a login. */
function loginOf({ scheme }: ParsedOptions, login: boolean): ConnectOptions {
  return scheme === 'sftp' ? {} : { login }
}

interface Given {
  readonly host: string
  readonly port: number
  readonly nTimeout: number
  readonly parsed: ParsedOptions
  readonly lpCredentials: SECURITYCREDENTIALS | null
  readonly proxy?: ProxyArguments
}

/** Resolves with everything that is known before connecting. */
export async function planOf({ host, port, nTimeout, parsed, lpCredentials, proxy }: Given): Promise<Plan> {
  checkInitialized()
  if (typeof lpCredentials !== 'object') throw invalid('lpCredentials are neither SECURITYCREDENTIALS nor null.')
  const { scheme, connection } = parsed
  const through = proxy && proxyOf(proxy, scheme)
  const { tls: certificate, ...credentials } = await credentialOptions(lpCredentials, scheme)
  const tls = connection.tls && { ...connection.tls, ...certificate, ...(through && { scope: through.scope }) }
  const seconds = nTimeout || C.FTP_TIMEOUT
  return {
    url: urlOf(scheme, host, port),
    parsed,
    seconds,
    rawLogin: proxy?.nProxyType === C.FTP_PROXY_OTHER,
    options: {
      ...connection,
      ...credentials,
      ...(tls && { tls }),
      // Only the arguments decide about the proxy, not the environment.
      proxy: through?.proxy ?? false,
      timeouts: timeoutsOf(seconds),
    },
  }
}

async function connected(plan: Plan, more: ConnectOptions): Promise<number> {
  const client = new Client(plan, ownThread)
  await client.open(more)
  try {
    checkInitialized()
  } catch (error) {
    // FtpUninitialize was called meanwhile and has not closed this client.
    await client.close()
    throw error
  }
  client.loggedIn = plan.parsed.noAuth || more.login !== false
  return handleFor(client)
}

/** Returns a handle without a connection. */
function pendingHandle(plan: Plan): number {
  return handleFor(new Client(plan, ownThread))
}

/**
 * Creates credentials for FtpConnect and FtpProxyConnect. lpszCertStore is a PEM file with certificate and key, or a PFX file, with
 * the passphrase lpszPassword; lpszCertName selects the certificate with that common name; for CREDENTIAL_PROTOCOL_SSH lpszCertStore
 * is a private key.
 */
export async function FtpCreateSecurityCredentials(
  dwProtocol: number,
  dwOptions: number,
  dwReserved: number,
  lpszUserName: string | null,
  lpszPassword: string | null,
  lpszCertStore: string | null,
  lpszCertName: string | null,
  lpvReserved: null,
  lppCredentials: Out<SECURITYCREDENTIALS | null>,
): Promise<boolean> {
  return await attempt(false, async () => {
    const names = ['lpszUserName', 'lpszPassword', 'lpszCertStore', 'lpszCertName']
    checkArguments(
      [
        oneOf('dwProtocol', 0, C.CREDENTIAL_PROTOCOL_TLS, C.CREDENTIAL_PROTOCOL_SSH),
        reserved('dwOptions'),
        reserved('dwReserved'),
      ],
      [dwProtocol, dwOptions, dwReserved],
    )
    checkArguments(names.map(textOrNull), [lpszUserName, lpszPassword, lpszCertStore, lpszCertName])
    if (lpvReserved !== null) throw invalid('lpvReserved must be null.')
    const texts = { lpszUserName, lpszPassword, lpszCertStore, lpszCertName }
    const value: SECURITYCREDENTIALS = { dwSize: names.length + 4, dwProtocol, dwOptions, dwReserved, ...texts }
    fill(pointer('lppCredentials', lppCredentials), { value })
    return true
  })
}

/** Deletes credentials: their members are cleared, and the pointer is set to null. */
export async function FtpDeleteSecurityCredentials(lppCredentials: Out<SECURITYCREDENTIALS | null>): Promise<void> {
  await attempt(undefined, async () => {
    const holder: Partial<Out<unknown>> = pointer('lppCredentials', lppCredentials)
    const { value } = holder
    if (typeof value !== 'object' || value === null) throw invalid('lppCredentials holds no credentials.')
    Object.assign(value, { dwSize: 0, lpszUserName: null, lpszPassword: null, lpszCertStore: null, lpszCertName: null })
    holder.value = null
  })
}
