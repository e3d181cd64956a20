/** Runs in a worker thread: calls functions of sockettools on request. */
import { parentPort, threadId } from 'node:worker_threads'
import * as S from '../../src/sockettools/index.js'
import type { Reply } from './thread.js'

const functions: { readonly [name: string]: unknown } = S
const port = parentPort
if (!port) throw new Error('worker.js runs in a worker thread')

const say = (reply: Reply): void => port.postMessage(reply)

port.on('message', (told: 'end' | { name: string; args: unknown[] }) => {
  if (told === 'end') port.close()
  else void run(told.name, told.args)
})

async function run(name: string, given: unknown[]): Promise<void> {
  const args = given.map((one) => (one === '$event' ? (...event: unknown[]) => say({ event }) : one))
  const called = functions[name]
  if (typeof called !== 'function') throw new Error(`there is no ${name}`)
  const result: unknown = await called(...args)
  const plain = args.map((one) => (typeof one === 'function' ? null : one))
  say({ told: { result, args: plain, lastError: await S.FtpGetLastError() } })
}

say({ ready: threadId + 1 })
