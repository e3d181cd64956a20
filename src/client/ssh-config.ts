import type { SshAuth } from './options.js'

/** What ~/.ssh/config says of a host. */
export interface SshConfig {
  readonly host?: string
  readonly port?: number
  readonly user?: string
  readonly privateKey?: SshAuth['privateKey']
  readonly knownHosts?: readonly string[]
  readonly proxy?: readonly string[]
}

export async function sshConfigFor(_host: string, _file: boolean | string = true): Promise<SshConfig> {
  return {}
}
