// clean.mjs DIR…: removes folders that the build made, so that nothing stale is packed or run.
import { rmSync } from 'node:fs'
import { dirname, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
for (const name of process.argv.slice(2)) {
  const dir = resolve(root, name)
  if (!/^(dist|build[\w-]*)$/.test(relative(root, dir)))
    throw new Error(`clean.mjs removes dist and build, not ${name}`)
  rmSync(dir, { recursive: true, force: true })
}
