import { type Limits, unlessAborted, within } from '../deadline.js'
import { TransferError } from '../errors.js'
import { printable } from '../printable.js'
import { type Endpoint, hostPort } from '../transport/endpoint.js'
import type { Wire } from '../transport/wire.js'
import { isOtherProtocol, lost, notSsh } from './failure.js'

/** A fresh connection, and the server it leads to. */
interface FreshConnection extends Endpoint {
  readonly wire: Wire
  readonly limits?: Pick<Limits, 'connect'>
  readonly signal?: AbortSignal
}

/** Reads what the server sends first and puts it back: a server of another protocol is recognized before anything is sent to it. */
export async function readFirstBytes({ wire, host, port, limits, signal }: FreshConnection): Promise<Uint8Array> {
  const where = hostPort({ host, port })
  const read = (stop?: AbortSignal) => unlessAborted(wire.read(), stop, 'connect')
  const what = `${where} sent nothing, and SSH servers send first`
  const deadline = { signal, phase: 'connect', what, hint: 'Check the scheme and the port of the URL.' } as const
  let received: Uint8Array | undefined
  try {
    received = await (limits ? within({ ...deadline, limit: limits.connect }, read) : read(signal))
  } catch (error) {
    if (error instanceof TransferError) throw error
    throw lost({ where, phase: 'connect' }, error instanceof Error ? error : undefined)
  }
  if (received === undefined) throw lost({ where, phase: 'connect' })
  if (isOtherProtocol(received)) throw notSsh(where, received)
  if (wire.stream.readableEnded) throw lost({ where, phase: 'connect' }, refusalText(received))
  wire.stream.unshift(received)
  return received
}

/** Returns what a server sent in plain text before it closed: sshd's 'Exceeded MaxStartups'. */
export function refusalText(received: Uint8Array): Error {
  return new Error(`it sent "${printable(Buffer.from(received).toString('latin1').trimEnd(), 200)}"`)
}
