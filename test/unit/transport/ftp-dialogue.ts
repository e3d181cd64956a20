import assert from 'node:assert/strict'
import type { Route } from '../../../src/transport/route.js'
import type { Wire } from '../../../src/transport/wire.js'
import { type LabServer, startLab } from '../../lab/lab.js'

/** A control connection as bare as it can be: single-line replies, no cleverness, so that only the route is tested. */
export interface Dialogue {
  readonly control: Wire
  /** Sends a line; answers the next reply. Without a line: only the next reply. */
  say(line?: string): Promise<string>
}

/** Runs `use` with vsftpd, with `proxy`, and with a control connection through the route between them, logged in. */
export async function withLogin(
  proxy: Parameters<typeof startLab>[0],
  routeOf: (proxy: LabServer) => Route,
  use: (dialogue: Dialogue, route: Route) => Promise<void>,
): Promise<void> {
  await using server = await startLab('vsftpd')
  await using gate = await startLab(proxy)
  await withRoute(server, routeOf(gate), use)
}

export async function withRoute(
  server: LabServer,
  route: Route,
  use: (dialogue: Dialogue, route: Route) => Promise<void>,
): Promise<void> {
  const control = await route.dial({ host: server.host, port: server.port })
  try {
    const say = speaker(control)
    assert.match(await say(), /^220 /)
    assert.match(await say(`USER ${server.user}`), /^331 /)
    assert.match(await say(`PASS ${server.password}`), /^230 /)
    assert.match(await say('TYPE I'), /^200 /)
    await use({ control, say }, route)
  } finally {
    control.destroy()
  }
}

function speaker(control: Wire): Dialogue['say'] {
  let held = ''
  return async (line) => {
    if (line !== undefined) control.write(Buffer.from(`${line}\r\n`))
    while (!held.includes('\r\n')) {
      const chunk = await control.read()
      assert(chunk, 'the server ended the session')
      held += Buffer.from(chunk).toString('latin1')
    }
    const end = held.indexOf('\r\n')
    const reply = held.slice(0, end)
    held = held.slice(end + 2)
    return reply
  }
}

/** RETR hello.txt in passive mode: the data connection is dialled to the control wire's `dataHost` by the same route. */
export async function retrievePassively({ control, say }: Dialogue, route: Route): Promise<string> {
  const port = Number(/\|\|\|(\d+)\|/.exec(await say('EPSV'))?.[1])
  const data = await route.dial({ host: control.dataHost, port }, { bulk: true })
  assert.match(await say('RETR hello.txt'), /^150 /)
  const text = await contentOf(data)
  assert.match(await say(), /^226 /)
  return text
}

/** The same in active mode, the route listening. */
export async function retrieveActively({ control, say }: Dialogue, route: Route): Promise<string> {
  const listener = await route.listen?.({ control })
  assert(listener)
  const { host, port } = listener.address
  assert.match(await say(`PORT ${host.replaceAll('.', ',')},${port >> 8},${port & 255}`), /^200 /)
  assert.match(await say('RETR hello.txt'), /^150 /)
  const data = await listener.accept(AbortSignal.timeout(10_000))
  const text = await contentOf(data)
  assert.match(await say(), /^226 /)
  return text
}

export async function contentOf(wire: Wire): Promise<string> {
  const bulkReader = wire.slabs()
  let text = ''
  for (let slab = await bulkReader.next(); slab; slab = await bulkReader.next()) {
    text += Buffer.concat(slab.chunks).toString()
    slab.release()
  }
  wire.destroy()
  return text
}
