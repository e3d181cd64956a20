import { type Duplex, duplexPair } from 'node:stream'
import type { Limits } from '../../../src/deadline.js'
import type { TransferEvent } from '../../../src/events.js'
import { charset } from '../../../src/ftp/control/charset.js'
import { ControlConnection } from '../../../src/ftp/control/control-connection.js'
import { Redactor } from '../../../src/redact.js'
import { Wire } from '../../../src/transport/wire.js'

export const LIMITS: Limits = { connect: 1_000, reply: 1_000, idle: 1_000, confirm: 2_000 }

/** A wire and the stream at its other end, both in memory. */
export function pairedWire(): { wire: Wire; peer: Duplex } {
  const [ours, peer] = duplexPair()
  const at = { host: '127.0.0.1', port: 21 }
  const wire = new Wire(ours, { dataHost: at.host, local: at, peer: at })
  return { wire, peer }
}

/** A control connection to a server that sends what the test tells it to. */
export interface ControlPair {
  readonly control: ControlConnection
  readonly peer: Duplex
  readonly events: TransferEvent[]
  /** The lines that have arrived so far. */
  readonly lines: string[]
  /** Sends bytes as they are, and lets them arrive. */
  say(text: string): Promise<void>
}

export async function controlPair({ limits = LIMITS, redactor = new Redactor() } = {}): Promise<ControlPair> {
  const { wire, peer } = pairedWire()
  const events: TransferEvent[] = []
  const lines: string[] = []
  const observe = (event: TransferEvent): void => void events.push(event)
  const control = new ControlConnection(wire, { charset: await charset('utf-8'), redactor, observe, limits })
  let text = ''
  peer.on('data', (chunk: Buffer) => {
    const parts = (text + chunk.toString('latin1')).split('\r\n')
    text = parts.pop() ?? ''
    lines.push(...parts)
  })
  peer.on('error', () => {})
  const say = async (reply: string): Promise<void> => {
    peer.write(reply)
    await settled()
  }
  return { control, peer, events, lines, say }
}

/** Everything that is on its way in memory has arrived. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((next) => setImmediate(next))
}
