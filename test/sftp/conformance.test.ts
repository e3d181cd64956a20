import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { disk } from '../../src/index.js'
import { type SftpServerOptions, startSftpServer } from '../../src/testing/index.js'
import { conformance, type Opened } from '../conformance/store.js'
import { LivingStore } from '../lab/living-store.js'
import { loginTo } from './scene.js'

async function open(options: SftpServerOptions, left = async (): Promise<void> => {}): Promise<Opened> {
  const server = await startSftpServer(options)
  const store = await LivingStore.open(server.url, loginTo(server))
  const close = async (): Promise<void> => {
    await store.close()
    await server.close()
    await left()
  }
  await store.makeDir('/room')
  return { store, root: '/room', close }
}

async function below(): Promise<Opened> {
  const root = await mkdtemp(join(tmpdir(), 'sallyport-served-'))
  return await open({ store: disk({ root }) }, () => rm(root, { recursive: true, force: true }))
}

conformance('embedded SFTP server', () => open({}))
conformance('embedded SFTP server, a directory', below)
conformance('an SFTP server that answers in any order', () => open({ shuffle: 7 }))
conformance('an SFTP server that takes 4 KiB at a time', () => open({ longest: 4096 }))
conformance('an SFTP server that cannot follow two requests at once', () => open({ oneAtATime: true }))
conformance('an SFTP server that reads short', () => open({ faults: [{ on: 'READ', do: { short: 8_000 } }] }))
