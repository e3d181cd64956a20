import { inTime } from '../../deadline.js'
import { type Phase, TransferError } from '../../errors.js'
import type { Reply } from '../control/command-channel.js'
import type { Running } from './transfer.js'

/**
 * Closes the data connection in the middle of a download without ABOR, which most servers answer at once. To one that does not
 * (Pure-FTPd, when it had not accepted the connection yet) ABOR is sent after all. Resolves with the final reply, if there was one.
 */
export async function leave(running: Running): Promise<Reply | undefined> {
  running.exchange.leave()
  running.wire.destroy()
  const limit = Math.min(SECOND_REPLY, running.link.limits.reply)
  const deadline = { limit, phase: 'transfer' as Phase, what: 'no reply after the data connection was closed' }
  const reply = await inTime(deadline, () => running.exchange.final).catch(() => undefined)
  if (!reply) await abort(running)
  await running.link.keepAlive?.answered()
  return reply
}

/** How long the first reply to an ABOR may take, in ms: with the data connection closed there is nothing left to wait for. */
const FIRST_REPLY = 5_000

/** How long the second reply to an ABOR may take after the first, in ms. */
const SECOND_REPLY = 2_000

/**
 * A session through an FTP proxy is of no use after an interrupted transfer: Squid does not answer at all, SuSE ftp-proxy no later
 * RETR, and mod_proxy loses track of its data connections. Nor is one where the next download is under way already, which an ABOR
 * might hit as well. The next call gets a fresh one, which costs less than finding out.
 */
function giveUp({ link, exchange, wire }: Running): void {
  wire.destroy()
  const text = `${exchange.shown} was cancelled; its session was given up with it.`
  link.control.lose(new TransferError('session-lost', text, { phase: 'transfer', retryable: true }))
}

/**
 * Ends a transfer early: ABOR, close the data connection, then two replies in either order (RFC 959 section 4.1.3; ProFTPD answers
 * the ABOR first). Servers that answer only once are found out with a NOOP, whose 200 can belong to nothing else. Never throws.
 */
export async function abort(running: Running): Promise<void> {
  const { link, exchange, wire } = running
  if (link.control.lost || !link.control.awaits(exchange)) wire.destroy()
  else if (link.data.options.throughProxy || link.pipeline.hasQueued) giveUp(running)
  else await interrupt(running)
  await link.keepAlive?.answered()
}

async function interrupt({ link, exchange, wire }: Running): Promise<void> {
  const { control, keepAlive } = link
  try {
    const abor = control.start('ABOR', { phase: 'transfer', accepts: (code) => code !== 200 })
    exchange.leave()
    wire.destroy()
    await control.final(exchange, Math.min(FIRST_REPLY, link.limits.reply))
    const deadline = {
      limit: Math.min(SECOND_REPLY, link.limits.reply),
      phase: 'transfer' as Phase,
      what: 'no second reply to ABOR',
    }
    const answered = await inTime(deadline, () => abor.final).catch(() => undefined)
    if (answered) return
    await keepAlive?.answered()
    await control.resynchronize(deadline.limit)
  } catch {
    // The connection is lost: the next command rejects with the reason.
    wire.destroy()
  }
}
