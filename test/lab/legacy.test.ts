import assert from 'node:assert/strict'
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, it } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { connect, type Remote, TransferError } from '../../src/index.js'
import { freePort, isListening } from '../ports.js'
import { fixture } from '../tls/fixtures.js'

const openssl = '/usr/bin/openssl'
const skip = existsSync(openssl) ? false : 'no openssl'
const DATA = 'what the old server has\n'

/** `openssl s_server`: what it is written goes to its client; with -quiet what it prints came from there. */
async function sServer(port: number, words: readonly string[]): Promise<ChildProcessWithoutNullStreams> {
  const child = spawn(openssl, ['s_server', '-accept', `127.0.0.1:${port}`, ...words])
  child.stdin.on('error', () => {})
  child.stderr.resume()
  while (!(await isListening(port))) {
    assert.equal(child.exitCode, null, 'openssl s_server ended')
    await pause(5)
  }
  return child
}

/** An FTP server of two of them, TLS from the first byte: one for the control connection, one for a single file. */
async function oldServer(words: readonly string[]): Promise<{ url: string; lines: string[]; close(): Promise<void> }> {
  const [port, dataPort] = [await freePort(), await freePort()]
  const control = await sServer(port, ['-quiet', ...words])
  // Without -quiet it ends with its input, as the connection for a file does.
  const data = await sServer(dataPort, words)
  // What it is given earlier may go to the connection that only looked whether it listens.
  const met = new Promise<void>((resolve) => {
    createInterface({ input: data.stdout }).on('line', (line) => line.startsWith('CIPHER is') && resolve())
  })
  const lines: string[] = []
  const replies: Readonly<Record<string, string>> = {
    USER: '331 password',
    PASS: '230 in',
    PBSZ: '200 PBSZ=0',
    PROT: '200 protected',
    TYPE: '200 ok',
    PWD: '257 "/"',
    SIZE: `213 ${DATA.length}`,
    EPSV: `229 ok (|||${dataPort}|)`,
    RETR: '150 here it comes',
    QUIT: '221 bye',
  }
  createInterface({ input: control.stdout }).on('line', (line) => {
    lines.push(line)
    const verb = line.split(' ')[0] ?? ''
    control.stdin.write(`${replies[verb] ?? '502 unknown'}\r\n`)
    if (verb !== 'RETR') return
    void met.then(() => data.stdin.end(DATA))
    data.once('close', () => control.stdin.write('226 done\r\n'))
  })
  // It lies there until somebody has finished a handshake.
  control.stdin.write('220 an old server\r\n')
  return {
    url: `ftps://demo:secret@127.0.0.1:${port}`,
    lines,
    async close() {
      for (const child of [control, data]) {
        if (child.exitCode !== null || child.signalCode !== null) continue
        child.kill()
        await once(child, 'close')
      }
    },
  }
}

const fixtures = join(packageRoot(dirname(fileURLToPath(import.meta.url))), 'test/tls/fixtures')

function packageRoot(from: string): string {
  return existsSync(join(from, 'package.json')) ? from : packageRoot(dirname(from))
}

const at = (name: string): string => join(fixtures, name)
const OLD = {
  'TLS 1.0, RSA with 1024 bits, SHA-1': {
    words: ['-tls1', '-cipher', 'DEFAULT@SECLEVEL=0', '-cert', at('weak.pem'), '-key', at('weak.pem')],
    ca: fixture('ca.pem'),
    shows: (remote: Remote) => assert.equal(remote.security?.protocol, 'TLSv1'),
  },
  'Diffie-Hellman with 1024 bits under TLS 1.2': {
    words: [
      ...['-tls1_2', '-cipher', 'DHE@SECLEVEL=0', '-dhparam', at('dh-1024.pem')],
      ...['-cert', at('rsa.pem'), '-key', at('rsa.pem')],
    ],
    ca: fixture('rsa.pem'),
    shows: (remote: Remote) => assert.match(remote.security?.keyExchange ?? '', /DH 1024/),
  },
}

describe('openssl s_server as a server of old', { skip }, () => {
  for (const [what, { words, ca, shows }] of Object.entries(OLD)) {
    it(`${what}: works with tls.legacy, on control and data`, async () => {
      const server = await oldServer(words)
      try {
        const remote = await connect(server.url, { proxy: false, tls: { ca, legacy: true } })
        shows(remote)
        assert.equal(String(await remote.readFile('/f')), DATA)
        await remote.close()
      } finally {
        await server.close()
      }
    })

    it(`${what}: is refused by default, and the error names the option`, async () => {
      const server = await oldServer(words)
      try {
        await assert.rejects(connect(server.url, { proxy: false, tls: { ca } }), (error) => {
          assert.ok(error instanceof TransferError)
          assert.match(`${error.code}: ${error.hint}`, /^tls: .*tls\.legacy/)
          return true
        })
        assert.deepEqual(server.lines, [])
      } finally {
        await server.close()
      }
    })
  }
})
