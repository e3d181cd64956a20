import type { Limits } from '../../deadline.js'
import type { SshConnection } from '../../ssh/connection.js'
import { SftpChannel, type Stats } from '../../ssh/sftp-channel.js'
import { attributesOf, closeFile, type OpenFile } from './open-file.js'

interface Wanted {
  readonly attributes: Promise<Stats>
  readonly from: number
  readonly to: number
}

/** Less than this is here before a second channel is, in bytes. */
const WORTH_IT = 8 * 1024 * 1024
/** SSH_FXF_READ. */
const READ = 0x01

/**
 * A second SFTP channel on the same connection, for files from servers that are far away: SSH gives every channel a window of its own,
 * and ssh2's of 2 MiB, which it opens again only when half of it is used, holds a download to 20 to 40 MiB/s at 50 ms. A server
 * that allows one channel only is asked once.
 */
export class Beside {
  readonly #connection: SshConnection
  readonly #limits: Limits
  #channel: Promise<SftpChannel | undefined> | undefined

  constructor(connection: SshConnection, limits: Limits) {
    this.#connection = connection
    this.#limits = limits
  }

  /** The same file once more, over the other channel. Undefined when that cannot be, is not worth it, or is another file by now. Never rejects. */
  async open(file: OpenFile, { attributes, from, to }: Wanted): Promise<OpenFile | undefined> {
    try {
      const first = await attributes
      if (Math.min(to, first.size ?? 0) - from < WORTH_IT) return undefined
      this.#channel ??= SftpChannel.open(this.#connection, { limit: this.#limits.connect }).catch(() => undefined)
      const channel = await this.#channel
      return channel && (await openAgain(file, channel, first))
    } catch {
      return undefined // the first channel does it alone; what is wrong with the connection it hears itself
    }
  }
}

async function openAgain(file: OpenFile, channel: SftpChannel, first: Stats): Promise<OpenFile | undefined> {
  const { path, limits, signal } = file
  const what = `no answer to OPEN ${path}`
  const late = (handle: Buffer): void => void closeFile({ ...file, channel, handle }, 'reply').catch(() => {})
  const asking = { kind: 'handle', limit: limits.reply, signal, what, late } as const
  const handle = await channel.ask((sftp, answer) => sftp.open(path, READ, answer), asking)
  const other: OpenFile = { ...file, channel, handle }
  const second = await attributesOf(other).catch(() => undefined)
  // Somebody may have put another file there between the two.
  if (second && second.size === first.size && second.mtime === first.mtime) return other
  await closeFile(other, 'reply').catch(() => {})
  return undefined
}
