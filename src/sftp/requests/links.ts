import { TransferError } from '../../errors.js'

/** What the making of a link needs of a session. */
export interface LinkMaker {
  /** SYMLINK with its two names in one order or the other. */
  send(first: string, second: string): Promise<void>
  /** Where a link points to; undefined when there is none. */
  target(path: string): Promise<string | undefined>
  remove(path: string): Promise<void>
}

/**
 * Makes links. OpenSSH reads the two names of SYMLINK in the other order than the draft (section 6.10) and most servers do as it
 * does, mod_sftp among them; ssh2 does so only where the SSH server is OpenSSH or Dropbear by name. So OpenSSH's order comes first,
 * the first link is looked at, and made again the other way round when it is not where it should be.
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
  return new TransferError('protocol', `The server says that it made the link ${path}, but there is none.`, {
    phase: 'command',
    path,
  })
}
