import type { Limits } from '../deadline.js'
import type { Observer } from '../events.js'
import type { Redactor } from '../redact.js'
import { openSsh } from '../ssh/connect.js'
import type { AlgorithmPreset, HostKeyOptions, SshAuth } from '../ssh/keys/options.js'
import { SftpChannel } from '../ssh/sftp-channel.js'
import { dialServer } from '../transport/dial.js'
import type { Endpoint } from '../transport/endpoint.js'
import type { Route } from '../transport/route.js'
import type { SftpLearned } from './requests/facts.js'
import { SftpSession } from './session.js'

/** Everything a session is opened from. Immutable: a second session is opened from the same values. */
export interface SftpTarget {
  readonly route: Route
  readonly server: Endpoint
  /** The name and port that the host key is looked up by; default: the server's. */
  readonly keyName?: Endpoint
  readonly user: string
  readonly auth: SshAuth
  readonly hostKey?: HostKeyOptions
  readonly algorithms?: AlgorithmPreset
  readonly limits: Limits
  /** Time without data from the server after which a keep-alive request is sent, in ms. */
  readonly keepAlive?: number
  readonly redactor: Redactor
  readonly observe: Observer
  readonly describe: string
  /** What the sessions of this target find out about the server. */
  readonly learned: SftpLearned
}

/** Connects, checks the host key, logs in and starts the SFTP subsystem. */
export async function openSession(target: SftpTarget, signal?: AbortSignal): Promise<SftpSession> {
  const { server, keyName = server, user, auth, hostKey, algorithms, limits, keepAlive, observe, redactor } = target
  const wire = await dialServer(server, { route: target.route, limits, observe, signal })
  const connection = await openSsh({
    ...keyName,
    wire,
    user,
    auth,
    hostKey,
    algorithms,
    limits,
    signal,
    observe,
    keepAlive,
  })
  try {
    const channel = await SftpChannel.open(connection, { limit: limits.connect, signal })
    const mask = (text: string): string => redactor.mask(text)
    return new SftpSession({ channel, limits, observe, mask, describe: target.describe, learned: target.learned })
  } catch (error) {
    await connection.close()
    throw error
  }
}
