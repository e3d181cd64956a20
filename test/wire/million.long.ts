import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe } from 'node:test'
import { type Answer, rawServer } from './raw-server.js'
import { scene } from './scene.js'

const COUNT = 1_000_000
const BATCH = 2_000
const MIB = 1024 * 1024

function lines(from: number, kind: 'LIST' | 'MLSD'): string {
  let text = ''
  for (let at = from; at < from + BATCH; at++) {
    const day = 1 + (at % 28)
    text +=
      kind === 'LIST'
        ? `-rw-r--r--    1 1000     1000     ${String(at).padStart(8)} Jan ${String(day).padStart(2)}  2024 entry-${at}.txt\r\n`
        : `type=file;size=${at};modify=202401${String(day).padStart(2, '0')}000000; entry-${at}.txt\r\n`
  }
  return text
}

/** Sends the listing no faster than it is read. */
function sending(kind: 'LIST' | 'MLSD'): Answer {
  return async (_, peer) => {
    peer.say('150 here it comes\r\n')
    const data = await peer.data()
    for (let from = 0; from < COUNT; from += BATCH) if (!data.write(lines(from, kind))) await once(data, 'drain')
    data.end()
    await once(data, 'close')
    return '226 done\r\n'
  }
}

describe('a directory of a million entries', () => {
  for (const kind of ['LIST', 'MLSD'] as const)
    scene(`${kind}: streams in constant memory, each entry as it was sent`, async (s) => {
      const feat = `211-Features\r\n EPSV\r\n${kind === 'MLSD' ? ' MLST type*;size*;modify*;\r\n' : ''}211 End\r\n`
      const server = s.keep(await rawServer({ on: { FEAT: feat, [kind]: sending(kind) } }))
      const remote = await s.connect(server.url, { timeouts: { idle: 30_000, confirm: 30_000 } })
      const marks: number[] = []
      let count = 0
      const began = process.cpuUsage()
      for await (const { name, size, type } of remote.list('/')) {
        if (name !== `entry-${count}.txt` || size !== count || type !== 'file') assert.fail(`${count}: ${name} ${size}`)
        if (++count % 50_000 === 0) marks.push(process.memoryUsage.rss())
      }
      const { user, system } = process.cpuUsage(began)
      assert.equal(count, COUNT)
      // The first tenth fills the young generation; what comes after it may not add to that. The server is in this process too.
      const [, settled = 0] = marks
      const most = Math.max(...marks)
      console.log(
        `${kind}: ${Math.round((user + system) / 1000)} ms of CPU, server and all; RSS ${Math.round(most / MIB)} MiB`,
      )
      assert.ok(most < settled + 60 * MIB, marks.map((mark) => Math.round(mark / MIB)).join(' '))
    })
})
