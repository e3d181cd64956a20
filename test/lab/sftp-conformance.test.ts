import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { conformance, type Opened } from '../conformance/store.js'
import { type LabName, skipWithout, startLab } from './lab.js'
import { LivingStore } from './living-store.js'
import { SFTP_SERVERS, sftpOptions, sftpUrl } from './sftp.js'

async function open(name: LabName): Promise<Opened> {
  const server = await startLab(name)
  const store = await LivingStore.open(sftpUrl(server), await sftpOptions(server))
  const root = join(await store.home(), `up/conformance-${randomBytes(4).toString('hex')}`)
  await store.makeDir(root)
  const close = async (): Promise<void> => {
    await store.close()
    await server.stop()
  }
  return { store, root, close }
}

const EXCEPTIONS: Readonly<Partial<Record<LabName, Readonly<Record<string, string>>>>> = {
  'proftpd-sftp': {
    'links are made, told apart and removed, or cannot be':
      "mod_sftp's LSTAT follows links, and its READLINK answers absolute paths",
  },
}

for (const name of SFTP_SERVERS)
  conformance(name, () => open(name), { exceptions: EXCEPTIONS[name], skip: skipWithout(name) })
