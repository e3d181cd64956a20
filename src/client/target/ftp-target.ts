import type { FtpProxy, FtpTarget } from '../../ftp/target.js'
import { checkLine } from '../../path.js'
import { Redactor } from '../../redact.js'
import { reveal } from '../options/secret.js'
import { FtpProtocol } from '../protocol/ftp.js'
import type { FtpPlan } from './ftp-plan.js'
import type { FtpProxyPlan } from './proxy.js'
import { layRoute } from './route.js'
import { describeTarget } from './url.js'

/** What sessions of an FTP connection are opened from: secrets fetched, certificates and keys read, nothing dialled. */
export async function ftpProtocol(plan: FtpPlan): Promise<FtpProtocol> {
  const { target, chain, tls, keepAlive, signal, virtualHost, login, limits, data, encoding, observe } = plan
  const redactor = new Redactor()
  const credentials = await credentialsOf(plan)
  const { route, secrets } = await layRoute(chain.tunnels, plan)
  const proxy = chain.ftp && (await proxyOf(chain.ftp, signal))
  redactor.add(credentials.password, credentials.account, ...secrets)
  redactor.add(proxy?.values.proxyPassword, proxy?.values.authResponse)
  return new FtpProtocol({
    route,
    server: target.server,
    proxy,
    prompt: chain.ftp?.options.prompt,
    tls: tls && (await secured(tls, signal)),
    virtualHost,
    credentials,
    login,
    limits,
    data,
    keepAlive: keepAlive && { ...keepAlive, off: false },
    pipelining: { off: false },
    passive: {},
    habits: { framed: false, ended: false },
    encoding,
    redactor,
    observe,
    describe: describeTarget({ ...target, user: credentials.user }),
  })
}

async function credentialsOf({ credentials, signal }: FtpPlan): Promise<FtpTarget['credentials']> {
  const password = await reveal(credentials.password, 'password', signal)
  const account = await reveal(credentials.account, 'account', signal)
  for (const [what, value = ''] of Object.entries({ password, account })) checkLine(value, what)
  return { user: credentials.user, password, account }
}

async function proxyOf(plan: FtpProxyPlan, signal: AbortSignal | undefined): Promise<FtpProxy> {
  const { endpoint, name, dialect, options } = plan
  const values = {
    proxyUser: options.user,
    proxyPassword: await reveal(options.password, 'password of the proxy', signal),
    authId: options.authId,
    authResponse: await reveal(options.authResponse, 'response for the proxy', signal),
    separator: options.separator,
    serverPort: options.serverPort ?? 'non-default',
    portSeparator: options.portSeparator ?? ':',
  } as const
  return { endpoint, name, dialect, values }
}

/** Loaded only where there is TLS. */
async function secured(plan: NonNullable<FtpPlan['tls']>, signal: AbortSignal | undefined): Promise<FtpTarget['tls']> {
  const { identityFor } = await import('./tls-identity.js')
  const { peer, options, begins, scope, data } = plan
  return { identity: await identityFor(peer, options, signal), begins, scope, data, refused: { refusals: 0 } }
}
