import { type Limits, unlessAborted, within } from '../deadline.js'
import { TransferError } from '../errors.js'
import { printable } from '../printable.js'
import { type Endpoint, hostPort } from '../transport/endpoint.js'
import type { Wire } from '../transport/wire.js'
import { looksForeign, lost, notSsh } from './failure.js'

/** A wire that nothing was said on yet, and where it leads. */
interface Approach extends Endpoint {
  readonly wire: Wire
  readonly limits?: Pick<Limits, 'connect'>
  readonly signal?: AbortSignal
}

/** What the server says first, looked at and put back: a server of another kind is recognized before we say anything. */
export async function firstWords({ wire, host, port, limits, signal }: Approach): Promise<Uint8Array> {
  const where = hostPort({ host, port })
  const read = (stop?: AbortSignal) => unlessAborted(wire.read(), stop, 'connect')
  const what = `${where} said nothing, and SSH servers speak first`
  const deadline = { signal, phase: 'connect', what, hint: 'Check the scheme and the port of the URL.' } as const
  let said: Uint8Array | undefined
  try {
    said = await (limits ? within({ ...deadline, limit: limits.connect }, read) : read(signal))
  } catch (error) {
    if (error instanceof TransferError) throw error
    throw lost({ where, phase: 'connect' }, error instanceof Error ? error : undefined)
  }
  if (said === undefined) throw lost({ where, phase: 'connect' })
  if (looksForeign(said)) throw notSsh(where, said)
  if (wire.stream.readableEnded) throw lost({ where, phase: 'connect' }, lastWords(said))
  wire.stream.unshift(said)
  return said
}

/** sshd says in plain text why it takes nobody: 'Exceeded MaxStartups'. */
export function lastWords(said: Uint8Array): Error {
  return new Error(`it said "${printable(Buffer.from(said).toString('latin1').trimEnd(), 200)}"`)
}
