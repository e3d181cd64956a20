import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { fails, scene, verbs } from '../wire/scene.js'

describe('HOST', () => {
  scene('is said after the greeting and before USER', async (s) => {
    const server = await s.server()
    await s.connect(server, { virtualHost: 'ftp.one.test' })
    assert.deepEqual(server.commands.slice(0, 2), ['HOST ftp.one.test', 'USER demo'])
  })

  scene("true means the URL's host, an IPv6 address in brackets", async (s) => {
    const server = await s.server({ host: '::1' })
    await s.connect(server, { virtualHost: true })
    assert.equal(server.commands[0], 'HOST [::1]')
  })

  for (const reply of ['500 what', '502 no', '530 Please login'])
    scene(`unknown (${reply.slice(0, 3)}): no failed login, unless it is required`, async (s) => {
      const server = await s.server({ faults: [{ on: 'HOST', do: { reply } }] })
      await s.connect(server, { virtualHost: 'a.test' })
      const required = { name: 'a.test', required: true }
      await fails(s.connect(server, { virtualHost: required }), { code: 'not-supported', hint: /virtualHost/ })
      assert.deepEqual(
        verbs(server).filter((verb) => verb === 'USER'),
        ['USER'],
      )
    })

  scene('504: there is no such host, and no user goes out', async (s) => {
    const server = await s.server({ faults: [{ on: 'HOST', do: { reply: '504 unknown host' } }] })
    await fails(s.connect(server, { virtualHost: 'a.test' }), { code: 'refused', phase: 'login', hint: /virtualHost/ })
    assert.ok(!verbs(server).includes('USER'))
  })

  for (const [how, action] of Object.entries({ hangs: { close: true }, 'says 421': { reply: '421 bye', close: true } }))
    scene(`a server that ${how} is asked again without it, unless it is required`, async (s) => {
      const server = await s.server({ faults: [{ on: 'HOST', do: action }] })
      const remote = await s.connect(server, { virtualHost: 'a.test' })
      assert.equal(await remote.exists('/'), true)
      assert.equal(verbs(server).filter((verb) => verb === 'HOST').length, 1)
      const required = { name: 'a.test', required: true }
      await fails(s.connect(server, { virtualHost: required }), { code: 'session-lost' })
    })

  scene('required where a proxy reaches the server only by USER: refused before anything is dialled', async (s) => {
    const server = await s.server()
    const proxy = await s.proxy({ dialect: 'user' })
    const virtualHost = { name: 'a.test', required: true }
    await fails(s.connect(server, { proxy: proxy.url, virtualHost }), { code: 'bad-argument' })
    assert.equal(proxy.conversation.length, 0)
    await s.connect(server, { proxy: proxy.url, virtualHost: 'a.test' })
    assert.ok(!verbs(server).includes('HOST'))
  })

  scene('through a proxy that reaches the server first', async (s) => {
    const server = await s.server()
    const proxy = await s.proxy({ dialect: 'open' })
    await s.connect(server, { proxy: proxy.url, virtualHost: 'a.test' })
    assert.deepEqual(verbs(proxy).slice(0, 3), ['OPEN', 'HOST', 'USER'])
  })
})
