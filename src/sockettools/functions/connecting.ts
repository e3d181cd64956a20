import type { ConnectOptions } from '../../index.js'
import { checkArguments, oneOf, optionBits, reserved, text, textOrNull, whole } from '../calls/call.js'
import { anonymousSsh, LONGEST_TIMEOUT, timeoutsOf } from '../calls/session.js'
import { Client, type Plan } from '../client/client.js'
import { credentialOptions } from '../client/credentials.js'
import { hostAndPort, type ProxyArguments, proxyOf, urlOf, type Wishes, wishesOf } from '../client/options.js'
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
 * FTP_OPTION_SECURE_IMPLICIT, 22 with FTP_OPTION_SECURE_SHELL. nTimeout in seconds; 0: 20. Answers a handle or INVALID_CLIENT.
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
    const wishes = wishesOf(dwOptions)
    const { host, port } = hostAndPort(lpszRemoteHost)
    if (port !== 0) throw invalid('The port stands in nRemotePort, not behind the name of the host.')
    const login = !wishes.noAuth || wishes.scheme === 'sftp'
    const more = { ...(lpszUserName && { user: lpszUserName }), ...(lpszPassword && { password: lpszPassword }) }
    const plan = await planOf({ host, port: nRemotePort, nTimeout, wishes, lpCredentials })
    if (wishes.scheme === 'sftp' && !lpszUserName && !plan.options.user) throw anonymousSsh()
    return await connected(plan, { ...(login ? more : {}), ...loginOf(wishes, login) })
  })
}

/**
 * Connects through a proxy. The remote host may carry its port, `host:port`; proxy port 0 is 21. A login has to follow with
 * FtpLogin, unless FTP_OPTION_NOAUTH is set. FTP_PROXY_NONE connects directly and ignores what is said of a proxy; over SFTP the
 * connection is then made by FtpLogin, since it cannot be without a login. Answers a handle or INVALID_CLIENT.
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
    const wishes = wishesOf(dwOptions)
    const plan = await planOf({ ...hostAndPort(lpszRemoteHost), nTimeout, wishes, lpCredentials, proxy })
    if (wishes.scheme === 'sftp') return announced(plan)
    return await connected(plan, loginOf(wishes, false))
  })
}

function checkProxy(proxy: ProxyArguments): void {
  checkArguments(
    [text('lpszProxyHost'), PORT('nProxyPort'), textOrNull('lpszProxyUser'), textOrNull('lpszProxyPassword')],
    [proxy.lpszProxyHost, proxy.nProxyPort, proxy.lpszProxyUser, proxy.lpszProxyPassword],
  )
}

/** SFTP does not know connections that are not logged in. */
function loginOf({ scheme }: Wishes, login: boolean): ConnectOptions {
  return scheme === 'sftp' ? {} : { login }
}

interface Given {
  readonly host: string
  readonly port: number
  readonly nTimeout: number
  readonly wishes: Wishes
  readonly lpCredentials: SECURITYCREDENTIALS | null
  readonly proxy?: ProxyArguments
}

/** Everything that is known before somebody is dialled. */
export async function planOf({ host, port, nTimeout, wishes, lpCredentials, proxy }: Given): Promise<Plan> {
  checkInitialized()
  if (typeof lpCredentials !== 'object') throw invalid('lpCredentials are neither SECURITYCREDENTIALS nor null.')
  const { scheme, connection } = wishes
  const through = proxy && proxyOf(proxy, scheme)
  const { tls: certificate, ...credentials } = await credentialOptions(lpCredentials, scheme)
  const tls = connection.tls && { ...connection.tls, ...certificate, ...(through && { scope: through.scope }) }
  const seconds = nTimeout || C.FTP_TIMEOUT
  return {
    url: urlOf(scheme, host, port),
    wishes,
    seconds,
    byHand: proxy?.nProxyType === C.FTP_PROXY_OTHER,
    options: {
      ...connection,
      ...credentials,
      ...(tls && { tls }),
      // Nothing but the arguments says how to get there.
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
    // FtpUninitialize came first: it has not seen this one.
    await client.close()
    throw error
  }
  client.loggedIn = plan.wishes.noAuth || more.login !== false
  return handleFor(client)
}

/** A handle without a connection. */
function announced(plan: Plan): number {
  return handleFor(new Client(plan, ownThread))
}

/**
 * Makes credentials for FtpConnect and FtpProxyConnect. lpszCertStore is a PEM file with certificate and key, or a PFX file, which
 * lpszPassword opens; lpszCertName picks the certificate of that common name; for CREDENTIAL_PROTOCOL_SSH lpszCertStore is a private key.
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
    if (lpvReserved !== null) throw invalid('lpvReserved has to be null.')
    const texts = { lpszUserName, lpszPassword, lpszCertStore, lpszCertName }
    const value: SECURITYCREDENTIALS = { dwSize: names.length + 4, dwProtocol, dwOptions, dwReserved, ...texts }
    fill(pointer('lppCredentials', lppCredentials), { value })
    return true
  })
}

/** Forgets credentials: what they hold is emptied, and the pointer set to null. */
export async function FtpDeleteSecurityCredentials(lppCredentials: Out<SECURITYCREDENTIALS | null>): Promise<void> {
  await attempt(undefined, async () => {
    const holder: Partial<Out<unknown>> = pointer('lppCredentials', lppCredentials)
    const { value } = holder
    if (typeof value !== 'object' || value === null) throw invalid('lppCredentials holds no credentials.')
    Object.assign(value, { dwSize: 0, lpszUserName: null, lpszPassword: null, lpszCertStore: null, lpszCertName: null })
    holder.value = null
  })
}
