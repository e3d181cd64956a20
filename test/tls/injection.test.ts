import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { rawServer } from '../wire/raw-server.js'
import { fails, type Scene, scene } from '../wire/scene.js'
import { ca } from './fixtures.js'

const GLUED = ['230 in\r\n', '331 password\r\n', '220 me\r\n']

/** An HTTP proxy and the server behind it in one: what it sends after CONNECT is the server's. */
async function behindConnect(s: Scene, first: string, auth = '234 go on\r\n') {
  const silent = { '': undefined, 'HOST:': undefined, 'USER-AGENT:': undefined }
  const on = { ...silent, CONNECT: `HTTP/1.1 200 OK\r\n\r\n${first}`, AUTH: auth }
  return s.keep(await rawServer({ greeting: () => {}, on }))
}

function loginLines({ lines }: { readonly lines: readonly string[] }): string[] {
  return lines.filter((line) => /^(USER|PASS) /i.test(line))
}

describe('text in the clear where TLS is to begin', () => {
  for (const glued of GLUED)
    scene(`glued to the 234 behind a CONNECT proxy (${JSON.stringify(glued)})`, async (s) => {
      const gate = await behindConnect(s, '220 ready\r\n', `234 go on\r\n${glued}`)
      const options = { tls: { ca }, proxy: `http://127.0.0.1:${gate.port}` }
      await fails(s.connect('ftpes://127.0.0.9', options), { code: ['protocol', 'wrong-protocol'], hint: /injection/ })
      assert.equal(gate.lines.at(-1), 'AUTH TLS')
    })

  for (const glued of ['220 ready\r\n', '230 in\r\n'])
    scene(`glued to the 200 of CONNECT, with implicit TLS (${JSON.stringify(glued)})`, async (s) => {
      const gate = await behindConnect(s, glued)
      const options = { tls: { ca }, proxy: `http://127.0.0.1:${gate.port}` }
      await fails(s.connect('ftps://127.0.0.9', options), { code: 'wrong-protocol', phase: 'tls', hint: /ftpes:/ })
      assert.deepEqual(loginLines(gate), [])
    })

  for (const glued of GLUED)
    scene(`glued to the 234 behind OPEN (${JSON.stringify(glued)})`, async (s) => {
      const gate = s.keep(await rawServer({ on: { OPEN: '220 there\r\n', AUTH: `234 go on\r\n${glued}` } }))
      const options = { tls: { ca }, proxy: `ftp+open://127.0.0.1:${gate.port}` }
      await fails(s.connect('ftpes://127.0.0.9', options), { code: ['protocol', 'wrong-protocol'], hint: /injection/ })
      assert.deepEqual(gate.lines, ['OPEN 127.0.0.9', 'AUTH TLS'])
    })

  for (const glued of ['230 in\r\n', '331 password\r\n', '234 go on\r\n'])
    scene(
      `glued to the reply to OPEN (${JSON.stringify(glued)}): nothing is taken for an answer to AUTH`,
      async (s) => {
        const gate = s.keep(await rawServer({ on: { OPEN: `220 there\r\n${glued}`, AUTH: undefined } }))
        const options = { tls: { ca }, proxy: `ftp+open://127.0.0.1:${gate.port}` }
        await fails(s.connect('ftpes://127.0.0.9', options), { code: ['session-lost', 'protocol', 'proxy-refused'] })
        assert.deepEqual(loginLines(gate), [])
      },
    )
})
