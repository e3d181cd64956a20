#!/usr/bin/env node
import { version } from './version.js'

const [first] = process.argv.slice(2)

// Answered before anything else is loaded: scripts call it often.
if (first === '--version' || first === '-V') {
  process.stdout.write(`${version()}\n`)
} else {
  const { run } = await import('./run.js')
  const code = await run(process.argv.slice(2))
  process.exitCode = code
  // Interrupted: a write to a pipe that is not read would keep the process alive.
  if (code === 130) process.stderr.write('', () => process.exit(code))
}
