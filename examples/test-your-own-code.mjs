// Tests for code of your own that moves files: run with `node --test examples/test-your-own-code.mjs`.
import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { connect } from 'sallyport'
import { startServer } from 'sallyport/testing'

/** The code under test: fetches the orders and moves each away when it is safely here. */
async function fetchOrders(url) {
  const remote = await connect(url, { user: 'shop', password: 'secret', timeouts: { reply: 1_000, idle: 1_000 } })
  try {
    const orders = []
    for await (const { name, type } of remote.list('/out')) {
      if (type !== 'file') continue
      orders.push((await remote.readFile(`/out/${name}`)).toString())
      await remote.rename(`/out/${name}`, `/done/${name}`)
    }
    return orders
  } finally {
    await remote.close()
  }
}

let server
beforeEach(async () => {
  const files = { '/out/1.txt': 'bolts', '/out/2.txt': 'nuts', '/done/': '' }
  server = await startServer({ users: { shop: 'secret' }, files })
})
afterEach(() => server.close())

test('orders are fetched and moved away', async () => {
  assert.deepEqual(await fetchOrders(server.url), ['bolts', 'nuts'])
  assert.equal((await server.store.stat('/done/1.txt'))?.size, 5)
  assert.equal(server.commands.at(-1), 'QUIT')
})

test('an order that arrives cut stays where it was', async () => {
  server.addFault({ on: 'RETR', skip: 1, do: { cutDataAt: 2, with: 'reset' } })
  await assert.rejects(fetchOrders(server.url), { name: 'TransferError', code: 'data-connection' })
  assert.ok(await server.store.stat('/out/2.txt'))
})

test('a server that falls silent is given up', async () => {
  server.addFault({ on: 'RNFR', do: { silent: true } })
  await assert.rejects(fetchOrders(server.url), { code: 'timeout' })
})

test('a refused login says so', async () => {
  server.addFault({ on: 'PASS', do: { reply: '530 Account is locked.' } })
  await assert.rejects(fetchOrders(server.url), { code: 'login-refused', phase: 'login' })
})
