import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Returns the version of this package, read from its package.json. */
export function version(): string {
  const text = readFileSync(fileURLToPath(import.meta.resolve('sallyport/package.json')), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
