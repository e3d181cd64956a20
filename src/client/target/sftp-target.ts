import { checkLine } from '../../path.js'
import { Redactor } from '../../redact.js'
import { newLearned } from '../../sftp/requests/facts.js'
import { hostConfig } from '../../ssh/keys/config.js'
import type { SshSecret } from '../../ssh/keys/options.js'
import { fetched } from '../options/secret.js'
import { SftpProtocol } from '../protocol/sftp.js'
import { layRoute, localUser } from './route.js'
import type { SftpPlan } from './sftp-plan.js'
import { describeTarget } from './url.js'

/** What sessions of an SFTP connection are opened from: ~/.ssh/config read, nothing dialled. Secrets are fetched at the login. */
export async function sftpProtocol(plan: SftpPlan): Promise<SftpProtocol> {
  const { target, auth, hostKey, limits, observe, keepAlive, algorithms, sshConfig } = plan
  const said = plan.settled(await hostConfig(target.server.host, sshConfig))
  const { server, chain, agent, identityFiles, knownHosts } = said
  const { route, secrets } = await layRoute(chain.tunnels, plan)
  const user = said.user ?? localUser()
  checkLine(user, 'user name')
  const redactor = new Redactor()
  const password = secretOf(auth.password, 'password', redactor)
  const passphrase = secretOf(auth.passphrase, 'passphrase', redactor)
  redactor.add(...secrets)
  return new SftpProtocol({
    route,
    server,
    user,
    auth: { ...auth, password, passphrase, agent, identityFiles },
    hostKey: { ...hostKey, knownHosts },
    algorithms,
    limits,
    keepAlive: keepAlive?.idleMs,
    redactor,
    observe,
    learned: newLearned(observe),
    describe: describeTarget({ ...target, server, user }),
  })
}

/** A secret that the redactor knows as soon as it is fetched. */
function secretOf(secret: SshSecret | undefined, what: string, redactor: Redactor): SshSecret | undefined {
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
