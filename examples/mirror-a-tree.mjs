// A directory with everything in it, up and down again. Links and special files are left out and named.
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'sallyport'
import { startServer } from 'sallyport/testing'

const folder = await mkdtemp(join(tmpdir(), 'sallyport-example-'))
const site = join(folder, 'site')
await mkdir(join(site, 'img', 'icons'), { recursive: true })
await writeFile(join(site, 'index.html'), '<h1>Hello</h1>\n')
await writeFile(join(site, 'img', 'icons', 'a.svg'), '<svg/>\n')
await symlink('index.html', join(site, 'start.html'))

const server = await startServer()
const remote = await connect(server.url, { user: 'demo', password: 'demo', pool: { max: 3 } })
try {
  const up = await remote.upload(site, '/www', { recursive: true, verify: true })
  console.log(
    `Up: ${up.files} files, ${up.directories} directories, skipped`,
    up.skipped.map(({ reason }) => reason),
  )

  const down = await remote.download('/www', join(folder, 'copy'), { recursive: true })
  console.log(`Down: ${down.files} files, ${down.bytes} bytes`)
  console.log(await readFile(join(folder, 'copy', 'img', 'icons', 'a.svg'), 'utf8'))

  await remote.removeDir('/www', { recursive: true })
  console.log('Still there:', await remote.exists('/www'))
} finally {
  await remote.close()
  await server.close()
  await rm(folder, { recursive: true })
}
