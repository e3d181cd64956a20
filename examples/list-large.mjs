// Lists a directory of 20,000 entries as they come, and asks for a file in the middle of it on the same session.
import { connect } from 'sallyport'
import { MemoryStore, startServer } from 'sallyport/testing'

const files = Object.fromEntries(Array.from({ length: 20_000 }, (_, n) => [`/many/file-${n}.txt`, `${n}`]))
const server = await startServer({ store: new MemoryStore(files) })
const remote = await connect(server.url, { user: 'demo', password: 'demo' })
try {
  let entries = 0
  let unreadable = 0
  let bytes = 0
  for await (const entry of remote.list('/many')) {
    entries++
    if (entry.type === 'unreadable') unreadable++
    bytes += entry.size ?? 0
    if (entry.name === 'file-777.txt')
      console.log('In between:', (await remote.readFile('/many/file-777.txt')).toString())
  }
  console.log(
    `${entries} entries, ${bytes} bytes, ${unreadable} unreadable, ${server.commands.filter((line) => line.startsWith('USER')).length} session`,
  )
} finally {
  await remote.close()
  await server.close()
}
