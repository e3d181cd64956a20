import { TransferError } from '../../errors.js'

/** What creating a link needs of a session. */
export interface LinkMaker {
  /** Sends SYMLINK with its two names in this order. */
  send(first: string, second: string): Promise<void>
  /** Resolves with the target of the link `path`, or with undefined when there is no link. */
  target(path: string): Promise<string | undefined>
  remove(path: string): Promise<void>
}

/**
 * Creates links. OpenSSH reads the two names of SYMLINK in the opposite order to the draft (section 6.10), and most servers do the
 * same, mod_sftp among them; ssh2 does so only for SSH servers that identify as OpenSSH or Dropbear. So OpenSSH's order is tried
 * first, the first link is verified, and created again with the names swapped when it is not where it should be.
 */
export class Links {
  #swapped: boolean
  #known = false

  constructor(server: string) {
    this.#swapped = !/^SSH-2\.0-(OpenSSH|dropbear)/.test(server)
  }

  async make(path: string, target: string, by: LinkMaker): Promise<void> {
    await this.#send(path, target, by)
    if (this.#known) return
    if ((await by.target(path)) !== undefined) {
      this.#known = true
      return
    }
    if ((await by.target(target)) !== path) throw lostLink(path)
    await by.remove(target)
    this.#swapped = !this.#swapped
    this.#known = true
    await this.#send(path, target, by)
  }

  async #send(path: string, target: string, by: LinkMaker): Promise<void> {
    if (this.#swapped) await by.send(path, target)
    else await by.send(target, path)
  }
}

function lostLink(path: string): TransferError {
  return new TransferError('protocol', `The server confirmed the link ${path}, but there is none.`, {
    phase: 'command',
    path,
  })
}
