import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { describe, test } from 'node:test'
import * as S from '../../src/sockettools/index.js'
import { until } from '../wire/scene.js'
import { answers, failsWith, onGround, PASSWORD, whatFailed } from './ground.js'

const FILES = { '/a.txt': 'hello', '/up/': '' }

/** What no parameter of any function takes, but for those where the page allows NULL. */
const WRONG: readonly unknown[] = [Symbol('x'), () => {}, [], Number.NaN, -1, true]

const FUNCTIONS: { readonly [name: string]: unknown } = S

type Called = (...args: unknown[]) => Promise<unknown>

/** Good arguments of the functions on a handle, behind the handle. */
const GOOD: readonly (readonly [name: keyof typeof S, args: readonly unknown[]])[] = [
  ['FtpLogin', ['demo', PASSWORD, null]],
  ['FtpCommand', ['NOOP', null]],
  ['FtpGetResultString', [{ value: '' }, 100]],
  ['FtpSetChannelMode', [0, 0]],
  ['FtpGetChannelMode', [0]],
  ['FtpGetSecurityInformation', [{}]],
  ['FtpGetFile', ['/nowhere/x', '/a.txt', 0, 0]],
  ['FtpPutFile', ['/nowhere/x', '/a.txt', 0, 0]],
  ['FtpGetData', ['/a.txt', {}, { value: 0 }, 0]],
  ['FtpPutData', ['/up/x', new Uint8Array(1), 1, 0]],
  ['FtpGetText', ['/a.txt', { value: '' }, 100]],
  ['FtpOpenFile', ['/a.txt', 0, 0]],
  ['FtpVerifyFile', ['/nowhere/x', '/a.txt', 0]],
  ['FtpGetFirstFile', [{}]],
  ['FtpEnumFiles', [null, null, 0, [], 10]],
  ['FtpGetFileList', [null, 0, { value: '' }, 100]],
  ['FtpGetFileStatus', ['/a.txt', {}]],
  ['FtpGetFileSize', ['/a.txt', {}]],
  ['FtpGetFileTime', ['/a.txt', {}, false]],
  ['FtpChangeDirectory', ['/']],
  ['FtpDeleteFile', ['/x']],
  ['FtpRenameFile', ['/x', '/y']],
  ['FtpSetFileType', [3]],
  ['FtpSetTimeout', [10]],
  ['FtpGetTransferStatus', [{}]],
  ['FtpAttachThread', [0]],
  ['FtpGetServerInformation', [{ value: '' }, 100]],
]

describe('arguments', () => {
  onGround('a wrong type in any place is an invalid parameter; nothing rejects, nothing is sent', async (ground) => {
    const there = await ground.server({ files: FILES })
    const client = await ground.connect(there)
    const said = there.commands.length
    for (const [name, args] of GOOD)
      for (const [at] of args.entries())
        for (const wrong of WRONG) {
          if (fits(args[at], wrong)) continue
          const changed = args.map((one, where) => (where === at ? wrong : one))
          await S.FtpSetLastError(0)
          const answer = await (FUNCTIONS[name] as Called)(client, ...changed)
          assert.ok(answer === -1 || answer === false, `${name} ${at} ${String(wrong)}: ${String(answer)}`)
          assert.equal(await S.FtpGetLastError(), S.ST_ERROR_INVALID_PARAMETER, `${name} ${at} ${String(wrong)}`)
        }
    assert.deepEqual(there.commands.slice(said), [])
  })

  /** Some wrong values are right ones in some places. */
  function fits(good: unknown, wrong: unknown): boolean {
    if (typeof good === 'object' && good !== null && !(good instanceof Uint8Array)) return Array.isArray(wrong)
    return typeof good === typeof wrong && typeof good === 'boolean'
  }

  onGround('a line break in a name or a command goes nowhere', async (ground) => {
    const there = await ground.server({ files: FILES })
    const client = await ground.connect(there)
    const said = there.commands.length
    for (const call of [
      S.FtpCommand(client, 'NOOP\r\nDELE /a.txt', null),
      S.FtpCommand(client, 'CWD', '/\r\nDELE /a.txt'),
      S.FtpDeleteFile(client, '/x\n/y'),
      S.FtpLogin(client, 'demo\r\nx', PASSWORD, null),
      S.FtpChangeDirectory(client, '/\0'),
    ])
      await failsWith(call, S.ST_ERROR_INVALID_PARAMETER)
    assert.deepEqual(there.commands.slice(said), [])
  })

  onGround('null where the page allows it', async ({ server }) => {
    const there = await server({ files: FILES })
    const client = await S.FtpConnect('127.0.0.1', there.port, null, null, 0, S.FTP_OPTION_PASSIVE, null)
    assert.notEqual(client, S.INVALID_CLIENT, await whatFailed())
    assert.equal(there.commands[0], 'USER anonymous')
    await answers(S.FtpGetTimeout(client), S.FTP_TIMEOUT)
    await answers(S.FtpLogin(client, '', '', ''), 230)
    await answers(S.FtpOpenDirectory(client, null), 150)
    await answers(S.FtpCloseDirectory(client), 226)
    await answers(S.FtpEnumFiles(client, null, null, 0, [], 100), 2)
    await answers(S.FtpRegisterEvent(client, S.FTP_EVENT_COMMAND, null, null), 0)
  })

  onGround('a command that is not known is answered, not failed; SYST can be refused', async (ground) => {
    const there = await ground.server({ files: FILES })
    const client = await ground.connect(there)
    await answers(S.FtpCommand(client, 'XYZZY', null), 500)
    there.addFault({ on: 'SYST', do: { reply: '502 No.' } })
    await failsWith(S.FtpGetServerInformation(client, { value: '' }, 100), S.ST_ERROR_NOT_SUPPORTED)
  })

  onGround('the time limit is nTimeout', async (ground) => {
    const there = await ground.server({ files: FILES })
    const client = await ground.connect(there, S.FTP_OPTION_PASSIVE, { seconds: 1 })
    const events: number[] = []
    await S.FtpRegisterEvent(client, S.FTP_EVENT_TIMEOUT, (_, event, error) => void events.push(event, error), null)
    there.addFault({ on: 'STAT', do: { silent: true } })
    await failsWith(S.FtpCommand(client, 'STAT', null), S.ST_ERROR_OPERATION_TIMEOUT)
    assert.deepEqual(events, [S.FTP_EVENT_TIMEOUT, S.ST_ERROR_OPERATION_TIMEOUT])
  })

  onGround('a restart goes on in what is there, and fills no gap', async ({ server, connect, at }) => {
    const there = await server({ files: { '/a': 'hello world' } })
    const client = await connect(there)
    await writeFile(at('a'), 'hel')
    await failsWith(S.FtpGetFile(client, at('a'), '/a', 0, 4), S.ST_ERROR_INVALID_PARAMETER)
    await failsWith(S.FtpGetFile(client, at('absent'), '/a', 0, 4), S.ST_ERROR_LOCAL_FILE)
    await failsWith(S.FtpPutFile(client, at('absent'), '/a', 0, 4), S.ST_ERROR_LOCAL_FILE)
    await failsWith(S.FtpPutFile(client, at('a'), '/a', S.FTP_TRANSFER_APPEND, 4), S.ST_ERROR_INVALID_PARAMETER)
    await failsWith(S.FtpGetFile(client, '/dev/full', '/a', 0, 4), S.ST_ERROR_INVALID_PARAMETER)
    assert.equal(await readFile(at('a'), 'utf8'), 'hel')
    await answers(S.FtpGetFile(client, at('a'), '/a', 0, 3), 226)
    assert.equal(await readFile(at('a'), 'utf8'), 'hello world')
    await writeFile(at('a'), 'hello, this is longer than the file')
    await answers(S.FtpGetFile(client, at('a'), '/a', 0, 5), 226)
    assert.equal(await readFile(at('a'), 'utf8'), 'hello world')
  })

  onGround('SSH has no anonymous logins', async () => {
    const shell = S.FTP_OPTION_SECURE_SHELL
    assert.equal(await S.FtpConnect('127.0.0.1', 1, null, null, 5, shell, null), S.INVALID_CLIENT)
    assert.equal(await S.FtpGetLastError(), S.ST_ERROR_INVALID_PARAMETER)
    const later = await S.FtpProxyConnect(S.FTP_PROXY_NONE, null, 0, null, null, '127.0.0.1:1', 5, shell, null)
    await failsWith(S.FtpGetFileSize(later, '/x', {}), S.ST_ERROR_NOT_CONNECTED)
    await failsWith(S.FtpLogin(later, null, null, null), S.ST_ERROR_INVALID_PARAMETER)
    await failsWith(S.FtpLogin(later, 'me', 'x', null), S.ST_ERROR_HOST_UNREACHABLE)
  })

  onGround('a hostile name stays in its directory', async ({ server, connect, at }) => {
    const there = await server({ files: FILES })
    const client = await connect(there)
    there.addFault({ on: 'MLSD', do: { listLines: ['type=file;size=5; ../evil', 'type=file;size=5; a.txt'] } })
    await answers(S.FtpGetMultipleFiles(client, at('.'), '/', null, 0), 226)
    assert.equal(await readFile(at('a.txt'), 'utf8'), 'hello')
    await assert.rejects(readFile(at('../evil')), { code: 'ENOENT' })
  })
})

describe('one thread', () => {
  onGround('calls that are not waited for run one after the other', async ({ server, connect }) => {
    const there = await server({ files: FILES })
    const client = await connect(there)
    const names = Array.from({ length: 10 }, (_, at) => `/up/${at}`)
    const codes = await Promise.all(names.map((name) => S.FtpPutData(client, name, Buffer.from(name), name.length)))
    assert.deepEqual(codes, Array(10).fill(226))
    const stored = there.commands.filter((line) => line.startsWith('STOR'))
    assert.deepEqual(
      stored,
      names.map((name) => `STOR ${name}`),
    )
  })

  onGround('a connection that the server ends is told of, and is no longer connected', async ({ server, connect }) => {
    const there = await server({ files: FILES })
    const client = await connect(there)
    const told: number[] = []
    await S.FtpRegisterEvent(client, S.FTP_EVENT_DISCONNECT, (_, event) => void told.push(event), null)
    there.addFault({ on: 'NOOP', times: 1, do: { reply: '421 Bye.', close: true } })
    await failsWith(S.FtpCommand(client, 'NOOP', null), S.ST_ERROR_CONNECTION_LOST)
    await until(() => told.length > 0, 'the event has come')
    assert.equal(await S.FtpIsConnected(client), false)
    await answers(S.FtpGetFileSize(client, '/a.txt', {}), 250)
    assert.equal(await S.FtpIsConnected(client), true)
  })

  onGround('an event function that throws breaks nothing', async ({ server, connect }) => {
    const client = await connect(await server({ files: FILES }))
    const warned: string[] = []
    const onWarning = (warning: Error): void => void warned.push(warning.name)
    process.on('warning', onWarning)
    try {
      await S.FtpRegisterEvent(
        client,
        S.FTP_EVENT_CLOSEFILE,
        () => {
          throw new Error('no')
        },
        null,
      )
      await answers(S.FtpGetData(client, '/a.txt', {}, { value: 0 }), 226)
      await until(() => warned.length > 0, 'the warning has come')
      assert.deepEqual(warned, ['SallyportWarning'])
    } finally {
      process.off('warning', onWarning)
    }
  })

  onGround('a cancelled FtpRead ends its file; the session goes on', async ({ server, connect }) => {
    const there = await server({ files: { '/big': Buffer.alloc(3_000_000) } })
    const client = await connect(there)
    there.addFault({ on: 'RETR', times: 1, do: { cutDataAt: 1000, with: 'stall' } })
    await answers(S.FtpOpenFile(client, '/big', S.FTP_FILE_READ, 0), 150)
    const stuck = S.FtpRead(client, {}, 2_000_000)
    await until(() => there.dataConnections > 0, 'data flows')
    await answers(S.FtpCancel(client), 0)
    await failsWith(stuck, S.ST_ERROR_OPERATION_CANCELED)
    await S.FtpCloseFile(client)
    const size = { value: 0 }
    await answers(S.FtpGetFileSize(client, '/big', size), 250)
    assert.equal(size.value, 3_000_000)
  })

  onGround('handles that are closed, or never were', async ({ server, connect }) => {
    const client = await connect(await server({ files: FILES }))
    await answers(S.FtpDisconnect(client), 221)
    for (const handle of [client, client + 251, S.INVALID_CLIENT])
      for (const call of [
        S.FtpDisconnect(handle),
        S.FtpGetStatus(handle),
        S.FtpCancel(handle),
        S.FtpAttachThread(handle, 0),
        S.FtpIsConnected(handle),
        S.FtpGetTransferStatus(handle, {}),
        S.FtpGetFeatures(handle),
      ])
        await failsWith(call, S.ST_ERROR_INVALID_CLIENT_HANDLE)
  })

  onGround(
    'FtpUninitialize ends a transfer that stands still, and FtpDisconnect waits for none but its own turn',
    async (ground) => {
      const there = await ground.server({ files: { '/big': Buffer.alloc(3_000_000) } })
      const client = await ground.connect(there, S.FTP_OPTION_PASSIVE, { seconds: 600 })
      there.addFault({ on: 'RETR', times: 1, do: { cutDataAt: 1000, with: 'stall' } })
      const stuck = S.FtpGetData(client, '/big', {}, { value: 0 })
      await until(() => there.dataConnections > 0, 'data flows')
      const waiting = S.FtpDisconnect(client)
      await S.FtpUninitialize()
      await failsWith(stuck, S.ST_ERROR_OPERATION_CANCELED)
      await failsWith(waiting, S.ST_ERROR_INVALID_CLIENT_HANDLE)
      await until(() => there.sessions === 0, 'the connection has ended')
    },
  )

  onGround('FtpUninitialize ends every handle; nothing can be connected until FtpInitialize', async (ground) => {
    const there = await ground.server({ files: FILES })
    const clients = [await ground.connect(there), await ground.connect(there)]
    await S.FtpUninitialize()
    await until(() => there.sessions === 0, 'every connection has ended')
    for (const client of clients) await failsWith(S.FtpGetStatus(client), S.ST_ERROR_INVALID_CLIENT_HANDLE)
    assert.equal(await S.FtpConnect('127.0.0.1', there.port, 'demo', PASSWORD, 5, 1, null), S.INVALID_CLIENT)
    assert.equal(await S.FtpGetLastError(), S.ST_ERROR_NOT_INITIALIZED)
  })
})

test('by URL: what is no URL, and a server that is not there', async () => {
  assert.ok(await S.FtpInitialize(null, null))
  await failsWith(S.FtpDownloadFile('/tmp/x', 'nonsense', 5, 0), S.ST_ERROR_INVALID_PARAMETER)
  await failsWith(S.FtpDownloadFile('/tmp/x', 'ftp://127.0.0.1', 5, 0), S.ST_ERROR_INVALID_PARAMETER)
  await failsWith(S.FtpUploadFile('', 'ftp://127.0.0.1/x', 5, 0), S.ST_ERROR_INVALID_PARAMETER)
  await failsWith(S.FtpDownloadFile('/tmp/x', 'ftp://me:secret@127.0.0.1:1/x', 5, 0), S.ST_ERROR_HOST_UNREACHABLE)
  assert.ok(!(await whatFailed()).includes('secret'))
  await S.FtpUninitialize()
})
