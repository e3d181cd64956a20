/** Ports that no other test file and no other test run uses at the same time, and that the kernel does not assign. */
import { readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'

export const host = '127.0.0.1'

const blockSize = 48 // control and HTTP ports, 40 for data connections, the lock: see launch.sh
const firstBlock = 20_000 // below the ports that the kernel hands out by itself
const blocks = 260

export interface Ports {
  first: number
  release(): void
}

/** Claims a block of ports by listening on its last one: test files and other test runs do the same. */
export async function claimPorts(): Promise<Ports> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const first = firstBlock + Math.floor(Math.random() * blocks) * blockSize
    const lock = await listenOn(first + blockSize - 1)
    if (lock && !(await isListening(first, first + blockSize - 1))) return { first, release: () => lock.close() }
    lock?.close()
  }
  throw new Error('Tests: found no free block of ports')
}

// Claimed with the import: a test that counts what it leaves open would find the lock otherwise.
const mine = await claimPorts()
let given = 0

/** The first of `count` ports that follow each other and that only this test file uses, in turn. */
export async function freePorts(count: number): Promise<number> {
  if (given + count >= blockSize) given = 0
  const first = mine.first + given
  given += count
  if (given >= blockSize || (await isListening(first, first + count)))
    throw new Error(`Tests: no ${count} ports are free in the block of this file`)
  return first
}

/** A port that nothing listens on. */
export const freePort = (): Promise<number> => freePorts(1)

function listenOn(port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy())
    server.unref()
    server.once('error', () => resolve(undefined))
    server.listen(port, host, () => resolve(server))
  })
}

/**
 * Whether anyone listens on a port from `from` up to, not including, `to`. Asks the kernel: a connection made only to
 * see would be a session, and a line in the server's log, of its own. `pid`: a process that may have another network.
 * Elsewhere than on Linux nobody can be asked, and the lock must do.
 */
export async function isListening(from: number, to = from + 1, pid: number | 'self' = 'self'): Promise<boolean> {
  if (process.platform !== 'linux') return false
  const table = await readFile(`/proc/${pid}/net/tcp`, 'latin1')
  const rows = table.matchAll(/^ *\d+: [0-9A-F]{8}:([0-9A-F]{4}) [0-9A-F]{8}:[0-9A-F]{4} 0A/gm)
  return Array.from(rows, ([, port = '']) => Number.parseInt(port, 16)).some((port) => port >= from && port < to)
}
