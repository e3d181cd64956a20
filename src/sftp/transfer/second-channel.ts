import type { Limits } from '../../deadline.js'
import type { SshConnection } from '../../ssh/connection.js'
import { SftpChannel, type Stats } from '../../ssh/sftp-channel.js'
import { attributesOf, closeFile, type OpenFile } from './open-file.js'

interface Wanted {
  readonly attributes: Promise<Partial<Stats>>
  readonly from: number
  readonly to: number
}

/** Downloads shorter than this, in bytes, are over before a second channel is open. */
const WORTH_IT = 8 * 1024 * 1024
/** SSH_FXF_READ. */
const READ = 0x01

/**
 * A second SFTP channel on the same connection, for downloads from servers that are far away: every SSH channel has its own
 * window, and ssh2's of 2 MiB, which it reopens only when half of it is used, limits a download to 20 to 40 MiB/s at 50 ms. A
 * server that allows one channel only is asked once.
 */
export class SecondChannel {
  readonly #connection: SshConnection
  readonly #limits: Limits
  #channel: Promise<SftpChannel | undefined> | undefined

  constructor(connection: SshConnection, limits: Limits) {
    this.#connection = connection
    this.#limits = limits
  }

  /** Opens the same file on the second channel. Resolves with undefined when that fails, does not pay or the file has changed. Never rejects. */
  async open(file: OpenFile, { attributes, from, to }: Wanted): Promise<OpenFile | undefined> {
    try {
      const first = await attributes
      if (Math.min(to, first.size ?? 0) - from < WORTH_IT) return undefined
      this.#channel ??= SftpChannel.open(this.#connection, { limit: this.#limits.connect }).catch(() => undefined)
      const channel = await this.#channel
      return channel && (await openAgain(file, channel, first))
    } catch {
      return undefined // the download goes on with the first channel, which reports a lost connection itself
    }
  }
}

async function openAgain(file: OpenFile, channel: SftpChannel, first: Partial<Stats>): Promise<OpenFile | undefined> {
  const { path, limits, signal } = file
  const what = `no answer to OPEN ${path}`
  const late = (handle: Buffer): void =>
    void closeFile({ ...file, channel, handle, closed: undefined }, 'reply').catch(() => {})
  const asking = { kind: 'handle', limit: limits.reply, signal, what, late } as const
  const handle = await channel.ask((sftp, answer) => sftp.open(path, READ, answer), asking)
  const other: OpenFile = { ...file, channel, handle, closed: undefined }
  const second = await attributesOf(other).catch(() => undefined)
  // Another file may have been moved there between the two requests.
  if (second && second.size === first.size && second.mtime === first.mtime) return other
  await closeFile(other, 'reply').catch(() => {})
  return undefined
}
