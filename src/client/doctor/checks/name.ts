import dns from 'node:dns/promises'
import { isIP } from 'node:net'
import { within } from '../../../deadline.js'
import type { Endpoint } from '../../../transport/endpoint.js'
import { unreachable } from '../../../transport/route.js'
import { type Finding, fine, wrong } from '../report/steps.js'

/** At most so many addresses are named in the sentence. */
const MOST = 4

export interface Named extends Finding {
  readonly addresses: readonly string[]
}

/** Looks up the host that is dialled first. */
export async function lookUp(to: Endpoint, { limit, signal }: { limit: number; signal?: AbortSignal }): Promise<Named> {
  if (isIP(to.host) !== 0) return { ...fine(`${to.host} is an address already.`), addresses: [to.host] }
  const deadline = { limit, signal, phase: 'connect' as const, what: `the name ${to.host} was not looked up` }
  try {
    const found = await within(deadline, () =>
      dns.lookup(to.host, { all: true }).catch((error: Error) => {
        throw unreachable(to, error)
      }),
    )
    const addresses = [...new Set(found.map(({ address }) => address))]
    return { ...fine(`${to.host} is ${shown(addresses)}.`), addresses }
  } catch (error) {
    return { ...wrong('fail', error), addresses: [] }
  }
}

function shown(addresses: readonly string[]): string {
  const more = addresses.length - MOST
  return addresses.slice(0, MOST).join(', ') + (more > 0 ? ` and ${more} more` : '')
}
