import { userInfo } from 'node:os'
import type { Limits } from '../../deadline.js'
import { badArgument } from '../../errors.js'
import { quietObserver } from '../../events.js'
import { checkLine } from '../../path.js'
import { Redactor } from '../../redact.js'
import { newLearned } from '../../sftp/requests/facts.js'
import { hostConfig, type JumpHost } from '../../ssh/keys/config.js'
import { refuseForeign } from '../options/checks.js'
import type { ConnectOptions, ProxyOptions, Secret } from '../options/options.js'
import { SftpProtocol } from '../protocol/sftp.js'
import { keepAliveOf } from './keep-alive.js'
import { wayTo } from './route.js'
import { fetched } from './secret.js'
import { describeTarget, type Target } from './url.js'

/** What a URL, options and ~/.ssh/config say about an SFTP connection. Throws `bad-argument` for what cannot be meant. */
export async function sftpProtocol(asked: Target, options: ConnectOptions, limits: Limits): Promise<SftpProtocol> {
  refuseForeign('sftp', options)
  checkEncoding(options.encoding)
  const said = await hostConfig(asked.server.host, options.sshConfig)
  const server = { host: said.host ?? asked.server.host, port: asked.portGiven ? asked.server.port : (said.port ?? 22) }
  const target: Target = { ...asked, server }
  const proxy = options.proxy ?? said.jumps?.map(jumpProxy)
  const { route, proxy: ftpProxy, secrets } = await wayTo(target, { ...options, proxy }, limits)
  if (ftpProxy)
    throw badArgument(
      `An FTP proxy (ftp+${ftpProxy.name}) cannot carry SFTP.`,
      'Use a tunnel: socks5h://, http:// or ssh://.',
    )
  const user = options.user ?? asked.user ?? said.user ?? userInfo().username
  checkLine(user, 'user name')
  const redactor = new Redactor()
  const observe = quietObserver(options.observe)
  const password = secretOf(options.password ?? asked.password, 'password', redactor)
  const passphrase = secretOf(options.passphrase, 'passphrase', redactor)
  redactor.add(...secrets)
  const { hostKey = {}, agent, keepAlive, legacy } = options
  return new SftpProtocol({
    route,
    server,
    user,
    auth: {
      password,
      privateKey: options.privateKey,
      passphrase,
      agent: agent ?? (said.identitiesOnly ? false : undefined),
      identityFiles: said.identityFiles,
    },
    hostKey: { ...hostKey, knownHosts: hostKey.knownHosts ?? said.knownHosts },
    algorithms: legacy ? 'legacy' : 'modern',
    limits,
    keepAlive: keepAliveOf(keepAlive)?.idleMs,
    redactor,
    observe,
    learned: newLearned(observe),
    describe: describeTarget({ ...target, user }),
  })
}

function jumpProxy({ host, port, user, identityFiles, identitiesOnly, knownHosts }: JumpHost): ProxyOptions {
  return {
    dialect: 'ssh',
    host,
    port,
    user,
    identityFiles,
    ...(identitiesOnly && { agent: false }),
    ...(knownHosts && { hostKey: { knownHosts } }),
  }
}

/** Version 3 says nothing about charsets; every server in use means UTF-8. */
function checkEncoding(encoding: string | undefined): void {
  if (encoding === undefined || ['auto', 'utf8', 'utf-8'].includes(encoding.toLowerCase())) return
  throw badArgument(`The encoding ${encoding} cannot be used with sftp://: names are UTF-8.`, 'Leave encoding out.')
}

/** A secret that is known to the redactor as soon as anybody is. */
function secretOf<S extends Secret | ((what: string) => Promise<string>)>(
  secret: S | undefined,
  what: string,
  redactor: Redactor,
): string | ((what: string) => Promise<string>) | undefined {
  if (typeof secret !== 'function') {
    redactor.add(secret)
    return secret
  }
  return async (about) => {
    const value = await fetched(() => secret(about), what, undefined)
    redactor.add(value)
    return value
  }
}
