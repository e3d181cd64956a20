#!/usr/bin/env node
import { version } from './version.js'

const [first] = process.argv.slice(2)

// Answered before anything else is loaded: scripts call it often.
if (first === '--version' || first === '-V') {
  process.stdout.write(`${version()}\n`)
} else {
  const { run } = await import('./run.js')
  process.exitCode = await run(process.argv.slice(2))
}
