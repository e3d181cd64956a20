import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { noting } from '../warnings.js'

/** The command as it is published; this file runs as BUILD/test/cli/spawn.js. */
const MAIN = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url))

export interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  /** What comes in on the standard input; it is closed behind it. */
  readonly input?: string | Uint8Array
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** The program, where it is not the one that is published. */
  readonly main?: string
}

/** Starts the command with an empty home directory unless `env` sets another. */
export function start(words: readonly string[], { env, cwd, main = MAIN }: RunOptions = {}): ChildProcess {
  const clean = { PATH: process.env['PATH'] ?? '', HOME: cwd ?? tmpdir(), ...noting }
  return spawn(process.execPath, [main, ...words], { cwd, env: { ...clean, ...env }, stdio: 'pipe' })
}

/** Runs the command to its end. */
export async function sallyport(words: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const child = start(words, options)
  // A command that does not read its input closes it, and that is no fault of the test.
  child.stdin?.on('error', () => {}).end(options.input)
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number | null]>,
  ])
  return { code, stdout, stderr }
}

async function text(stream: AsyncIterable<Uint8Array> | null): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of stream ?? []) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}

/** Each line of the text as JSON. */
export function jsonLines(output: string): Record<string, unknown>[] {
  const lines = output.split('\n').filter((line) => line !== '')
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>)
}

/** A directory that is removed after the test. */
export async function scratch(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'sallyport-cli-'))
  t.after(() => rm(directory, { recursive: true, force: true }))
  return directory
}
