// The SocketTools names: a Gauntlet proxy (FTP_PROXY_USER), a transfer with its status, and a handle that moves to a worker thread.
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import {
  FTP_OPTION_PASSIVE,
  FTP_OPTION_VERIFY,
  FTP_PROXY_USER,
  FtpAttachThread,
  FtpDisconnect,
  FtpGetData,
  FtpGetErrorString,
  FtpGetFile,
  FtpGetLastError,
  FtpGetTransferStatus,
  FtpInitialize,
  FtpLogin,
  FtpProxyConnect,
  FtpUninitialize,
  INVALID_CLIENT,
} from 'sallyport/sockettools'
import { startProxy, startServer } from 'sallyport/testing'

if (isMainThread) await main()
else await work(workerData)

async function main() {
  const server = await startServer({ files: { '/pub/price-list.csv': 'item,price\nbolt,0.12\n' } })
  const proxy = await startProxy({ dialect: 'user' })
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-example-'))
  await FtpInitialize(null, null)
  try {
    const host = `${server.host}:${server.port}`
    const options = FTP_OPTION_PASSIVE | FTP_OPTION_VERIFY
    const client = await FtpProxyConnect(FTP_PROXY_USER, proxy.host, proxy.port, null, null, host, 20, options, null)
    if (client === INVALID_CLIENT) throw new Error(await lastError())
    console.log('login:', await FtpLogin(client, 'demo', 'demo', null))
    console.log('file:', await FtpGetFile(client, join(folder, 'prices.csv'), '/pub/price-list.csv', 0, 0))
    const status = {}
    await FtpGetTransferStatus(client, status)
    console.log('bytes:', status.dwBytesCopied)
    console.log('absent:', await FtpGetFile(client, join(folder, 'x'), '/pub/absent.csv', 0, 0), await lastError())

    const worker = new Worker(new URL(import.meta.url), { workerData: client })
    console.log('worker:', ...(await once(worker, 'message')))
    console.log('goodbye:', await FtpDisconnect(client))
  } finally {
    await FtpUninitialize()
    await proxy.close()
    await server.close()
    await rm(folder, { recursive: true })
  }
}

/** The handle is a plain number; who owns it is another matter. */
async function work(client) {
  const [content, length] = [{ value: null }, { value: 0 }]
  const refused = await FtpGetData(client, '/pub/price-list.csv', content, length, 0)
  const why = await lastError()
  const owner = await FtpAttachThread(client, 0)
  const result = await FtpGetData(client, '/pub/price-list.csv', content, length, 0)
  await FtpAttachThread(client, owner)
  parentPort.postMessage(`${refused} (${why.split('.')[0]}), then ${result}: ${length.value} bytes`)
}

async function lastError() {
  const text = { value: '' }
  await FtpGetErrorString(await FtpGetLastError(), text, 1000)
  return text.value
}
