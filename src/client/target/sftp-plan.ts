import { badArgument } from '../../errors.js'
import { checkLine } from '../../path.js'
import type { HostConfig, JumpHost } from '../../ssh/config/host-config.js'
import type { AlgorithmPreset, HostKeyOptions, SshAuth } from '../../ssh/keys/options.js'
import type { Endpoint } from '../../transport/endpoint.js'
import { refuseForeign } from '../options/checks.js'
import type { ConnectOptions } from '../options/options.js'
import type { CommonPlan } from './common-plan.js'
import { type Chain, type ConfiguredJump, chainOf } from './proxy.js'
import type { Environment } from './proxy-environment.js'
import type { Target } from './url.js'

/** An SFTP connection, as far as it is known before ~/.ssh/config is read. */
export interface SftpPlan extends CommonPlan {
  readonly protocol: 'sftp'
  /** Absent: the configuration's, else the name of this machine's user. */
  readonly user?: string
  readonly auth: SshAuth
  readonly algorithms: AlgorithmPreset
  /** What is read of ~/.ssh/config: true, another file, or false: nothing. */
  readonly sshConfig: boolean | string
  /** Returns the rest, once the configuration has been read. */
  readonly settled: (said: HostConfig) => SftpRoute
}

/** Where an SFTP connection goes, and how. */
export interface SftpRoute {
  readonly server: Endpoint
  readonly user?: string
  readonly chain: Chain
  /** What the configuration says of the keys and the agent. */
  readonly auth: Pick<SshAuth, 'identityFiles' | 'identitiesOnly' | 'identityAgent'>
  readonly hostKey: HostKeyOptions
  /** The name that the host key is looked up by (HostKeyAlias). */
  readonly keyName?: Endpoint
}

/** Reads what is of SFTP. Throws `bad-argument` for what contradicts the URL, the proxy or itself. */
export function sftpPlan(common: CommonPlan, options: ConnectOptions, env: Environment): SftpPlan {
  refuseForeign('sftp', options)
  checkEncoding(options.encoding)
  const { target } = common
  const { user = target.user, password = target.password, privateKey, passphrase, agent } = options
  const { legacy, sshConfig = true } = options
  if (user !== undefined) checkLine(user, 'user name')
  const auth: SshAuth = { password, privateKey, passphrase, agent }
  const settled = (said: HostConfig): SftpRoute => settle(said, common.target, { options, env })
  // What does not depend on the configuration is refused at once.
  if (options.proxy !== undefined || sshConfig === false) settled({})
  return {
    ...common,
    protocol: 'sftp',
    user,
    auth,
    algorithms: legacy ? 'legacy' : 'modern',
    sshConfig,
    settled,
  }
}

function settle(
  said: HostConfig,
  target: Target,
  { options, env }: { options: ConnectOptions; env: Environment },
): SftpRoute {
  const { server: asked, portGiven } = target
  const server = { host: said.host ?? asked.host, port: portGiven ? asked.port : (said.port ?? asked.port) }
  const chain = chainOf({ ...options, jumps: said.jumps?.map(jumpProxy) }, { ...target, server }, env)
  if (chain.ftp)
    throw badArgument(
      `An FTP proxy (ftp+${chain.ftp.name}) cannot carry SFTP.`,
      'Use a tunnel: socks5h://, http:// or ssh://.',
    )
  return {
    server,
    user: options.user ?? target.user ?? said.user,
    chain,
    auth: { ...authOf(said), identityFiles: said.identityFiles },
    hostKey: hostKeyOf(said, options.hostKey),
    keyName: keyNameOf(said),
  }
}

function authOf({ identitiesOnly, agent }: HostConfig): Pick<SshAuth, 'identitiesOnly' | 'identityAgent'> {
  return { identitiesOnly, identityAgent: agent }
}

/** An alias stands in known_hosts without a port. */
function keyNameOf({ keyName }: HostConfig): Endpoint | undefined {
  return keyName === undefined ? undefined : { host: keyName, port: 22 }
}

/** Options win over the configuration. */
function hostKeyOf({ knownHosts, acceptNew }: HostConfig, given: HostKeyOptions = {}): HostKeyOptions {
  return {
    ...given,
    knownHosts: given.knownHosts ?? knownHosts,
    accept: given.accept ?? (acceptNew && given.fingerprint === undefined ? 'new' : undefined),
  }
}

function jumpProxy(said: JumpHost): ConfiguredJump {
  const { host, port, user, identityFiles } = said
  const configured = { auth: authOf(said), keyName: keyNameOf(said) }
  return { dialect: 'ssh', host, port, user, identityFiles, hostKey: hostKeyOf(said), configured }
}

/** Version 3 says nothing about charsets; every server in use means UTF-8. */
function checkEncoding(encoding: string | undefined): void {
  if (encoding === undefined || ['auto', 'utf8', 'utf-8'].includes(encoding.toLowerCase())) return
  throw badArgument(`The encoding ${encoding} cannot be used with sftp://: names are UTF-8.`, 'Leave encoding out.')
}
