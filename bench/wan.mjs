// Two hosts with a slow link between them, and how long a round trip over it really takes.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const carrier = fileURLToPath(new URL('./wan.py', import.meta.url))

/** Starts the link. `client` and `server`: the pid to enter each host by, and its address. It ends with `stop()`, or with this process. */
export async function startWan(milliseconds) {
  const child = spawn('/usr/bin/python3', ['-I', carrier, String(milliseconds)], { stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdin.on('error', () => {})
  const [line] = await Promise.race([
    once(createInterface(child.stdout), 'line'),
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`wan.py ended with exit code ${code}`))),
  ])
  const stop = async () => {
    const exit = once(child, 'exit')
    child.stdin.end()
    await exit
  }
  return { ...JSON.parse(line), stop }
}

/** The command line that runs something on one of the hosts. */
export function onHost({ pid }, argv) {
  return ['nsenter', `--net=/proc/${pid}/ns/net`, '--', ...argv]
}

const CONNECTS = `
import socket, statistics, sys, time
def connect():
    begin = time.monotonic()
    socket.create_connection((sys.argv[1], int(sys.argv[2]))).close()
    return time.monotonic() - begin
print(statistics.median(connect() for _ in range(9)) * 1000)`

/** Milliseconds that a TCP connection to the server takes: one round trip. */
export async function roundTrip({ client, server }, port) {
  const [command, ...args] = onHost(client, ['/usr/bin/python3', '-I', '-c', CONNECTS, server.address, String(port)])
  return Number((await promisify(execFile)(command, args)).stdout)
}
