import { hostConfig } from '../../../ssh/config/host-config.js'
import { type Endpoint, hostPort } from '../../../transport/endpoint.js'
import type { Plan } from '../../target/plan.js'
import type { Chain, FtpProxyPlan, Tunnel } from '../../target/proxy.js'
import type { StepName } from './steps.js'

/** What is to be diagnosed, as far as the steps depend on it. */
export interface Subject {
  /** As it is used here. */
  readonly plan: Plan
  readonly tunnels: readonly Tunnel[]
  /** The FTP proxy at the end of the way. */
  readonly ftpProxy?: FtpProxyPlan
  /** Whose name we look up ourselves. */
  readonly nearest: Endpoint
  readonly tls: 'none' | 'implicit' | 'explicit'
  /** The steps up to the login, in the order in which they happen. */
  readonly order: readonly StepName[]
  /** Any certificate was to be trusted, but there is a secret that a stranger could be told: it is not. */
  readonly withholds: boolean
}

/** What there is to diagnose of a plan. */
export async function subjectOf(plan: Plan): Promise<Subject> {
  const { target } = plan
  const { server, chain } = await routeOf(plan)
  const { tunnels, ftp: ftpProxy } = chain
  const tls = TLS[target.scheme]
  const options = plan.protocol === 'ftp' ? plan.tls?.options : undefined
  const secrets = [...secretsOf(plan), ftpProxy?.options.password, ftpProxy?.options.authResponse]
  const hasSecret = secrets.some((one) => one !== undefined)
  return {
    plan: hasSecret ? trustingNobody(plan) : plan,
    tunnels,
    ftpProxy,
    nearest: tunnels[0] ?? ftpProxy?.endpoint ?? server,
    tls,
    order: orderOf({
      tls,
      hasTunnel: tunnels.length > 0,
      hasFtpProxy: ftpProxy !== undefined,
      withServer: options?.scope !== 'proxy',
    }),
    withholds: hasSecret && options?.trustAny === true,
  }
}

async function routeOf(plan: Plan): Promise<{ server: Endpoint; chain: Chain }> {
  const { server } = plan.target
  if (plan.protocol === 'ftp') return { server, chain: plan.chain }
  return plan.settled(await hostConfig(server.host, { file: plan.sshConfig, user: plan.user }))
}

function secretsOf(plan: Plan): unknown[] {
  if (plan.protocol === 'sftp') return [plan.auth.password]
  return [plan.credentials.password, plan.credentials.account]
}

/** A password is sent to no peer whose certificate is not trusted, whatever was asked for. */
function trustingNobody(plan: Plan): Plan {
  if (plan.protocol !== 'ftp' || !plan.tls?.options.trustAny) return plan
  return { ...plan, tls: { ...plan.tls, options: { ...plan.tls.options, trustAny: false } } }
}

const TLS = { ftp: 'none', ftps: 'implicit', ftpes: 'explicit', sftp: 'none' } as const

interface Order {
  readonly tls: Subject['tls']
  readonly hasTunnel: boolean
  readonly hasFtpProxy: boolean
  readonly withServer: boolean
}

function orderOf({ tls, hasTunnel, hasFtpProxy, withServer }: Order): StepName[] {
  const tunnel: StepName[] = hasTunnel && !hasFtpProxy ? ['proxy'] : []
  const proxy: StepName[] = hasFtpProxy ? ['proxy'] : []
  if (tls === 'none') return [...tunnel, 'connect', 'greeting', ...proxy]
  if (tls === 'implicit') return [...tunnel, 'connect', 'tls', 'greeting', ...proxy]
  return [...tunnel, 'connect', 'greeting', ...(withServer ? [...proxy, 'tls' as const] : ['tls' as const, ...proxy])]
}

/** The proxies for people, nearest first, without their users. */
export function describeProxies({ tunnels, ftpProxy }: Subject): string {
  const all = tunnels.map((one) => `${one.dialect}://${hostPort(one)}`)
  if (ftpProxy) all.push(`ftp+${ftpProxy.name}://${hostPort(ftpProxy.endpoint)}`)
  return all.join(', then ')
}
