import { describe } from 'node:test'
import { rawServer } from '../wire/raw-server.js'
import { fails, type Scene, scene } from '../wire/scene.js'
import { ca, good } from './fixtures.js'

const SSH = 'SSH-2.0-OpenSSH_9.2p1\r\n'

function at({ port }: { port: number }, scheme: string): string {
  return `${scheme}://127.0.0.1:${port}`
}

/** A server that sends only this, and nothing at all when it is empty. */
async function speaker(s: Scene, greeting: string) {
  return s.keep(await rawServer({ greeting: (peer) => greeting && peer.say(greeting) }))
}

describe('a plain server behind ftps:', () => {
  for (const greeting of ['220 ready\r\n', '220-a long\r\n220 welcome\r\n', '421 full\r\n'])
    scene(`that greets first (${JSON.stringify(greeting)})`, async (s) => {
      await fails(s.connect(at(await speaker(s, greeting), 'ftps'), { tls: { ca } }), {
        code: 'wrong-protocol',
        phase: 'tls',
        message: /plain FTP server/,
        hint: /ftpes:.*ftp:/,
        within: 5_000,
      })
    })

  scene('that complains about the hello', async (s) => {
    const server = await speaker(s, '')
    const raw = s.keep(
      await rawServer({ greeting: ({ socket, say }) => socket.once('data', () => say('500 what?\r\n')) }),
    )
    await fails(s.connect(at(raw, 'ftps'), { tls: { ca } }), { code: 'wrong-protocol', hint: /ftpes:/ })
    await fails(s.connect(at(server, 'ftps'), { tls: { ca } }), { code: 'timeout', phase: 'tls', hint: /ftpes:/ })
  })

  scene('that hangs up at the hello', async (s) => {
    const raw = s.keep(await rawServer({ greeting: ({ socket }) => socket.once('data', () => socket.end()) }))
    await fails(s.connect(at(raw, 'ftps'), { tls: { ca } }), { code: 'tls', hint: /ftpes:/ })
  })

  scene('the embedded one', async (s) => {
    const server = await s.server()
    await fails(s.connect(server.url.replace('ftp:', 'ftps:'), { tls: { ca } }), {
      code: 'wrong-protocol',
      hint: /ftpes:/,
    })
  })
})

describe('a TLS port', () => {
  for (const scheme of ['ftp', 'ftpes'])
    scene(`behind ${scheme}: is silent until the connect limit`, async (s) => {
      const server = await s.server({ tls: { ...good, implicit: true } })
      await fails(s.connect(server.url.replace('ftps:', `${scheme}:`)), {
        code: 'timeout',
        phase: 'greeting',
        hint: /ftps:/,
        within: 5_000,
      })
    })

  scene('that sends an alert', async (s) => {
    await fails(s.connect(at(await speaker(s, '\x15\x03\x01\x00\x02\x02\x0a'), 'ftp')), {
      code: 'wrong-protocol',
      hint: /ftps:/,
    })
  })
})

describe('an SSH port', () => {
  for (const scheme of ['ftp', 'ftpes', 'ftps'])
    scene(`behind ${scheme}:`, async (s) => {
      await fails(s.connect(at(await speaker(s, SSH), scheme)), {
        code: 'wrong-protocol',
        message: /SSH/,
        hint: /sftp:/,
        within: 5_000,
      })
    })
})

describe('a web server behind ftps:', () => {
  scene('answers the hello in its own words', async (s) => {
    const greeting = 'HTTP/1.1 400 Bad Request\r\n\r\n'
    await fails(s.connect(at(await speaker(s, greeting), 'ftps')), { code: 'wrong-protocol', message: /web server/ })
  })
})
