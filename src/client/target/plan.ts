import { readOptions } from '../../option-checks.js'
import { CONNECT } from '../options/connect-table.js'
import type { ConnectOptions } from '../options/options.js'
import { commonPlan } from './common-plan.js'
import { type FtpPlan, ftpPlan } from './ftp-plan.js'
import type { Environment } from './proxy-environment.js'
import { type SftpPlan, sftpPlan } from './sftp-plan.js'
import { parseUrl } from './url.js'

/** Everything that a URL and options determine, complete and without contradictions. Nothing was read, fetched or dialled for it. */
export type Plan = FtpPlan | SftpPlan

/**
 * Returns what to connect to, by which route and as whom. Pure: secrets that are functions are not called, keys and certificates are
 * not read, `env` is the only environment. Throws `bad-argument` for a URL or an option that cannot be used, and for options that
 * contradict each other.
 */
export function resolve(url: string, given: ConnectOptions | undefined, env: Environment): Plan {
  const options = readOptions<ConnectOptions>(CONNECT, given)
  const target = parseUrl(url)
  const common = commonPlan(target, options)
  const { scheme } = target
  return scheme === 'sftp' ? sftpPlan(common, options, env) : ftpPlan({ ...common, scheme }, options, env)
}
