import { checkLine } from '../../path.js'
import { Redactor } from '../../redact.js'
import { newLearned } from '../../sftp/requests/facts.js'
import { hostConfig } from '../../ssh/config/host-config.js'
import { defaultUser } from '../../ssh/keys/files.js'
import type { SshSecret } from '../../ssh/keys/options.js'
import { fetched } from '../options/secret.js'
import { SftpProtocol } from '../protocol/sftp.js'
import { layRoute } from './route.js'
import type { SftpPlan } from './sftp-plan.js'
import { describeTarget } from './url.js'

/** What sessions of an SFTP connection are opened from: ~/.ssh/config read, nothing dialled. Secrets are fetched at the login. */
export async function sftpProtocol(plan: SftpPlan): Promise<SftpProtocol> {
  const { target, auth, limits, observe, keepAlive, algorithms } = plan
  const warn = (message: string): void => observe({ type: 'warning', code: 'ssh-config', message })
  const said = plan.settled(await hostConfig(target.server.host, { file: plan.sshConfig, user: plan.user, warn }))
  const { server, chain, hostKey, keyName } = said
  const { route, secrets } = await layRoute(chain.tunnels, plan)
  const user = said.user ?? defaultUser()
  checkLine(user, 'user name')
  const redactor = new Redactor()
  const password = secretOf(auth.password, 'password', redactor)
  const passphrase = secretOf(auth.passphrase, 'passphrase', redactor)
  redactor.add(...secrets)
  return new SftpProtocol({
    route,
    server,
    user,
    auth: { ...auth, ...said.auth, password, passphrase },
    hostKey,
    keyName,
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
