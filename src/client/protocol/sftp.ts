import { type NamingLearned, newNamingLearned } from '../../engine/pool/naming-facts.js'
import { badArgument, TransferError } from '../../errors.js'
import { checkLine } from '../../path.js'
import { openSession, type SftpTarget } from '../../sftp/open.js'
import { SftpSession } from '../../sftp/session.js'
import type { Store } from '../../store.js'
import type { CallOptions } from '../options/options.js'
import type { About, Protocol, Sessions, Who } from './protocol.js'

/** SFTP: whom to log in as. What only FTP knows is refused by name. */
export class SftpProtocol implements Protocol {
  readonly name = 'sftp'
  readonly limits: Protocol['limits']
  readonly logsIn = true
  #target: SftpTarget

  constructor(target: SftpTarget) {
    this.limits = { ...target.limits }
    this.#target = { ...target, limits: this.limits }
  }

  get describe(): string {
    return this.#target.describe
  }

  readonly naming: NamingLearned = newNamingLearned((event) => this.observe(event))

  get observe(): SftpTarget['observe'] {
    return this.#target.observe
  }

  async open(signal?: AbortSignal): Promise<SftpSession> {
    return await openSession(this.#target, signal)
  }

  lostBy(store: Store): TransferError | undefined {
    return sftp(store).parts.channel.over
  }

  full(): void {
    this.#target.learned.learn('fewer-sessions')
  }

  async quiet(): Promise<void> {}

  async prepare(): Promise<void> {}

  async enter(store: Store, path: string, { signal }: CallOptions): Promise<void> {
    await sftp(store).enter(path, { signal })
  }

  async command(): Promise<never> {
    throw notFtp('there are no commands to send', 'Use the methods of the remote.')
  }

  about(store: Store | undefined): About {
    return { security: store && sftp(store).security, features: [] }
  }

  setDataMode(): void {
    throw badArgument('dataMode is of FTP; SFTP has no data connections.', 'Leave it out.')
  }

  async login(who: Who | undefined, sessions: Sessions, signal?: AbortSignal): Promise<void> {
    const { user, password, account } = who ?? {}
    for (const [what, value] of Object.entries({ 'user name': user, password })) checkLine(value ?? '', what)
    if (account !== undefined) throw badArgument('An account is of FTP; SFTP has none.', 'Leave it out.')
    const before = this.#target
    const auth = password === undefined ? before.auth : { ...before.auth, password }
    before.redactor.add(password)
    this.#target = { ...before, user: user ?? before.user, auth }
    await sessions.replace(() => {
      this.#target = before
    }, signal)
  }

  async logout(): Promise<never> {
    throw notFtp('nobody can be connected without being logged in', 'Close the connection, or log in as somebody else.')
  }

  async setChannelMode(): Promise<never> {
    throw notFtp('everything is protected, always', 'Leave it as it is.')
  }
}

function sftp(store: Store): SftpSession {
  if (store instanceof SftpSession) return store
  throw new TypeError('the pool of an SFTP connection holds SFTP sessions only')
}

function notFtp(reason: string, hint: string): TransferError {
  return new TransferError('not-supported', `SFTP is not FTP: ${reason}.`, { phase: 'command', hint })
}
