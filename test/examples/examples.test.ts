import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'

/** The project's root; this file runs as BUILD/test/examples/examples.test.js, and the examples import the package by its name. */
const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..')

/** Each example with what its output must contain. */
const EXAMPLES: Readonly<Record<string, RegExp>> = {
  'cancel.mjs':
    /^aborted: the user pressed Escape\nLeft on the server: \[\]\nThe next upload worked; 1 session in all\.$/m,
  'custom-steps.mjs': /^string hello\nobject hello\nThe proxy dialled 1 server, 2 times$/m,
  'doctor.mjs':
    /^Usable: false \(data-connection\)\nControl works; passive ports do not answer .*use active mode .*which works\.$/m,
  'download-through-proxy.mjs': /^21 bytes, hashed \(md5\)$/m,
  'ftps-verified.mjs':
    /^Refused: tls\. Passwords sent: 0\nTLSv1\.3, trusted: true, .*\n22 bytes, hashed by md5, resumed: true\nBy pin: pin$/m,
  'list-large.mjs': /^20000 entries, 88890 bytes, 0 unreadable, 1 session$/m,
  'mirror-a-tree.mjs': /^Up: 2 files, 2 directories, skipped \[ "a link to 'index\.html'" \]$/m,
  'raw-commands.mjs': /^A refusal is an answer, not an error: 500$/m,
  'resume.mjs': /^Second try: from byte [1-9]\d*, \d+ bytes moved, hashed$/m,
  'sockettools.mjs':
    /^login: 230\nfile: 226\nbytes: 21\nabsent: -1 .*\nworker: -1 \(Handle not owned by the current thread\), then 226: 21 bytes\ngoodbye: 221$/m,
  'streams.mjs': /^It came back whole: true$/m,
  'test-your-own-code.mjs': /^. pass 4$/m,
  'upload-verified.mjs': /^Refused: mismatch \(phase verify\)\.$/m,
}

describe('examples', { concurrency: 4 }, () => {
  test('every example is run', () => {
    const found = readdirSync(join(root, 'examples')).filter((name) => name.endsWith('.mjs'))
    assert.deepEqual(found.sort(), Object.keys(EXAMPLES).sort())
  })

  for (const [name, says] of Object.entries(EXAMPLES)) {
    test(`${name} runs to its end and says what it did`, async () => {
      const { code, output } = await runExample(name)
      assert.equal(code, 0, output)
      assert.match(output, says)
    })
  }
})

function runExample(name: string): Promise<{ code: unknown; output: string }> {
  // A test runner inside a test runner would answer in a protocol of its own.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  // Nor does a proxy of the machine's environment belong in here.
  const options = { cwd: root, env: { ...env, no_proxy: '*' }, timeout: 60_000 }
  return new Promise((resolve) => {
    execFile(process.execPath, [join('examples', name)], options, (error, stdout, stderr) => {
      resolve({ code: error?.code ?? (error ? 'killed' : 0), output: `${stdout}${stderr}` })
    })
  })
}
