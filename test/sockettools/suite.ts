import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import * as S from '../../src/sockettools/index.js'
import { sample } from '../wire/scene.js'
import { FUNCTIONS } from './names.js'

/** A server to run every function against. */
export interface Place {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  /** A directory in which files may be made. */
  readonly dir: string
  /** Added to FTP_OPTION_PASSIVE. */
  readonly options?: number
  readonly credentials?: S.SECURITYCREDENTIALS
  /** What this server cannot do. */
  readonly without?: readonly ('checksum' | 'set-time' | 'ascii' | 'commands')[]
  /** The URL scheme of FtpDownloadFile. Default 'ftp'. */
  readonly scheme?: string
}

const BIG = sample(400_000)
const TEXT = 'one\ntwo\nthree\n'

/** Every function, in the order a program would use them; at the end it is made sure that none was left out. */
export function everyFunction(name: string, start: () => Promise<Place>, skip?: string | false): void {
  test(`every function against ${name}`, { skip, timeout: 120_000 }, async (t) => {
    const used = new Set<string>()
    const F = recorded(used)
    const place = await start()
    const local = await mkdtemp(join(tmpdir(), 'sallyport-st-'))
    const at = (file: string): string => join(local, file)
    const there = (file: string): string => `${place.dir}/${file}`
    const can = (what: 'checksum' | 'set-time' | 'ascii' | 'commands'): boolean => !place.without?.includes(what)
    const options = S.FTP_OPTION_PASSIVE | (place.options ?? 0)

    const answers = async (call: Promise<number>, ...codes: number[]): Promise<void> => {
      const code = await call
      if (code === S.FTP_ERROR) assert.fail(await lastError())
      assert.ok(codes.includes(code), `${code}, not ${codes}`)
    }
    const holds = async (call: Promise<boolean>): Promise<void> => {
      if (!(await call)) assert.fail(await lastError())
    }
    const failsWith = async (call: Promise<number | boolean>, code: number): Promise<void> => {
      const failure = await call
      assert.ok(failure === S.FTP_ERROR || failure === false, String(failure))
      assert.equal(await F.FtpGetLastError(), code, await lastError())
    }
    async function lastError(): Promise<string> {
      const text = { value: '' }
      await F.FtpGetErrorString(await S.FtpGetLastError(), text, 2000)
      return text.value
    }

    let client: number = S.INVALID_CLIENT
    try {
      await t.test('connecting, and what is known then', async () => {
        await holds(F.FtpInitialize(null, null))
        await holds(F.FtpEnableTrace(at('trace.log'), S.TRACE_INFO))
        const connected = await F.FtpConnect(
          place.host,
          place.port,
          place.user,
          place.password,
          20,
          options,
          place.credentials ?? null,
        )
        if (connected === S.INVALID_CLIENT) assert.fail(await lastError())
        client = connected
        await holds(F.FtpIsConnected(client))
        await answers(F.FtpGetStatus(client), S.FTP_STATUS_IDLE)
        await answers(F.FtpGetTimeout(client), 20)
        await answers(F.FtpSetTimeout(client, 15), 0)
        await answers(F.FtpGetTimeout(client), 15)
        const info = { value: '' }
        assert.ok((await F.FtpGetServerInformation(client, info, 200)) > 0)
        assert.ok(info.value.length > 2)
        assert.ok((await F.FtpGetFeatures(client)) > 0)
        const security: Partial<S.SECURITYINFO> = {}
        await holds(F.FtpGetSecurityInformation(client, security))
        const secure = place.options !== undefined
        assert.equal(security.dwProtocol !== S.SECURITY_PROTOCOL_NONE, secure)
        await answers(F.FtpGetChannelMode(client, S.FTP_CHANNEL_COMMAND), Number(secure))
        await answers(F.FtpGetChannelMode(client, S.FTP_CHANNEL_DATA), Number(secure))
        if (!secure)
          await failsWith(
            F.FtpSetChannelMode(client, S.FTP_CHANNEL_DATA, S.FTP_CHANNEL_SECURE),
            S.ST_ERROR_INVALID_PARAMETER,
          )
        else await F.FtpSetChannelMode(client, S.FTP_CHANNEL_DATA, S.FTP_CHANNEL_SECURE)
        await F.FtpSetLastError(0)
        await answers(F.FtpGetLastError(), 0)
      })

      await t.test('commands and their results', async () => {
        if (!can('commands')) return await failsWith(F.FtpCommand(client, 'NOOP', null), S.ST_ERROR_NOT_SUPPORTED)
        await answers(F.FtpCommand(client, 'NOOP', null), 200)
        await answers(F.FtpGetResultCode(client), 200)
        const text = { value: '' }
        assert.ok((await F.FtpGetResultString(client, text, 200)) > 0)
        assert.ok(text.value.length > 0 && !/^\d{3}/.test(text.value), text.value)
        await answers(F.FtpCommand(client, 'CWD', '/no such place'), 550)
        await answers(F.FtpGetResultCode(client), 550)
      })

      await t.test('files up and down', async () => {
        await writeFile(at('big.bin'), BIG)
        const events: number[] = []
        for (const event of [S.FTP_EVENT_OPENFILE, S.FTP_EVENT_CLOSEFILE, S.FTP_EVENT_COMMAND])
          await answers(
            F.FtpRegisterEvent(client, event, (_, told) => void events.push(told), null),
            0,
          )
        await answers(F.FtpPutFile(client, at('big.bin'), there('big.bin'), S.FTP_TRANSFER_DEFAULT, 0), 226)
        assert.equal(events.filter((event) => event === S.FTP_EVENT_CLOSEFILE).length, 1)
        if (can('commands')) assert.ok(events.includes(S.FTP_EVENT_OPENFILE) && events.includes(S.FTP_EVENT_COMMAND))
        await answers(F.FtpRegisterEvent(client, S.FTP_EVENT_COMMAND, null, null), 0)
        await answers(F.FtpGetFile(client, at('back.bin'), there('big.bin'), S.FTP_TRANSFER_DEFAULT, 0), 226)
        assert.deepEqual(await readFile(at('back.bin')), BIG)
        const status: Partial<S.FTPTRANSFERSTATUS> = {}
        await holds(F.FtpGetTransferStatus(client, status))
        assert.deepEqual([status.dwBytesCopied, status.dwBytesTotal], [BIG.length, BIG.length])
        assert.deepEqual([status.szLocalFile, status.szRemoteFile], [at('back.bin'), there('big.bin')])
        await holds(F.FtpVerifyFile(client, at('back.bin'), there('big.bin'), S.FTP_VERIFY_DEFAULT))
        await holds(F.FtpVerifyFile(client, at('back.bin'), there('big.bin'), S.FTP_VERIFY_SIZE))
        const other = can('checksum') ? Buffer.from(BIG).fill(0, 10, 20) : BIG.subarray(1)
        await writeFile(at('other.bin'), other)
        await failsWith(
          F.FtpVerifyFile(client, at('other.bin'), there('big.bin'), S.FTP_VERIFY_DEFAULT),
          S.ST_ERROR_VERIFICATION_FAILED,
        )
      })

      await t.test('restarts from an offset', async () => {
        await writeFile(at('back.bin'), BIG.subarray(0, 100_000))
        await answers(F.FtpGetFile(client, at('back.bin'), there('big.bin'), 0, 100_000), 226)
        assert.deepEqual(await readFile(at('back.bin')), BIG)
        await answers(F.FtpPutData(client, there('part.bin'), BIG, 150_000, 0), 226)
        await answers(F.FtpPutFile(client, at('big.bin'), there('part.bin'), 0, 150_000), 226)
        await holds(F.FtpVerifyFile(client, at('big.bin'), there('part.bin'), S.FTP_VERIFY_SIZE))
        const content: Partial<S.Out<Uint8Array>> = {}
        const length = { value: 0 }
        await answers(F.FtpGetData(client, there('part.bin'), content, length, 0), 226)
        assert.ok(BIG.equals(content.value ?? new Uint8Array()))
        assert.equal(length.value, BIG.length)
        await failsWith(
          F.FtpGetData(client, there('part.bin'), content, { value: 1000 }, 0),
          S.ST_ERROR_BUFFER_TOO_SMALL,
        )
        await answers(F.FtpPutFile(client, at('other.bin'), there('part.bin'), S.FTP_TRANSFER_APPEND, 0), 226)
        const size = { value: 0 }
        await answers(F.FtpGetFileSize(client, there('part.bin'), size), 213, 250)
        assert.equal(size.value, BIG.length + (await stat(at('other.bin'))).size)
      })

      await t.test('texts', async () => {
        await answers(F.FtpPutText(client, there('text.txt'), TEXT), 226)
        const text = { value: '' }
        await answers(F.FtpGetText(client, there('text.txt'), text, 100), TEXT.length)
        assert.equal(text.value, TEXT)
        await failsWith(F.FtpGetText(client, there('text.txt'), text, 5), S.ST_ERROR_BUFFER_TOO_SMALL)
        await answers(F.FtpSetFileType(client, S.FTP_FILETYPE_AUTO), 0)
        await answers(F.FtpGetFile(client, at('text.txt'), there('text.txt'), 0, 0), 226)
        assert.equal(await readFile(at('text.txt'), 'utf8'), TEXT)
        await failsWith(F.FtpSetFileType(client, S.FTP_FILETYPE_EBCDIC), S.ST_ERROR_NOT_SUPPORTED)
        await answers(F.FtpSetFileType(client, S.FTP_FILETYPE_IMAGE), 0)
        const raw: Partial<S.Out<Uint8Array>> = {}
        await answers(F.FtpGetData(client, there('text.txt'), raw, { value: 0 }, 0), 226)
        assert.equal(
          Buffer.from(raw.value ?? [])
            .toString()
            .replaceAll('\r\n', '\n'),
          TEXT,
        )
      })

      await t.test('a file in pieces', async () => {
        await answers(F.FtpOpenFile(client, there('pieces.bin'), S.FTP_FILE_WRITE, 0), 150, 125)
        await answers(F.FtpWrite(client, BIG.subarray(0, 5000), 3000), 3000)
        await failsWith(F.FtpGetFile(client, at('x'), there('big.bin'), 0, 0), S.ST_ERROR_FILE_OPEN)
        await failsWith(F.FtpRead(client, {}, 10), S.ST_ERROR_FILE_NOT_OPEN)
        await answers(F.FtpWrite(client, BIG.subarray(3000, 5000), 2000), 2000)
        await answers(F.FtpCloseFile(client), 226)
        await answers(F.FtpOpenFile(client, there('pieces.bin'), S.FTP_FILE_APPEND, 0), 150, 125)
        await answers(F.FtpWrite(client, BIG.subarray(5000, 6000), 1000), 1000)
        await answers(F.FtpCloseFile(client), 226)
        await answers(F.FtpOpenFile(client, there('pieces.bin'), S.FTP_FILE_READ, 1000), 150, 125)
        const part: Partial<S.Out<Uint8Array>> = {}
        await answers(F.FtpRead(client, part, 2000), 2000)
        assert.ok(BIG.subarray(1000, 3000).equals(part.value ?? new Uint8Array()))
        await answers(F.FtpRead(client, part, 100_000), 3000)
        await answers(F.FtpRead(client, part, 100_000), 0)
        await answers(F.FtpCloseFile(client), 226)
        await failsWith(F.FtpCloseFile(client), S.ST_ERROR_FILE_NOT_OPEN)
      })

      await t.test('directories', async () => {
        await answers(F.FtpCreateDirectory(client, there('sub')), 257)
        await answers(F.FtpChangeDirectory(client, there('sub')), 250, 200)
        const path = { value: '' }
        await answers(F.FtpGetDirectory(client, path, 500), there('sub').length)
        assert.equal(path.value, there('sub'))
        await failsWith(F.FtpGetDirectory(client, path, 2), S.ST_ERROR_BUFFER_TOO_SMALL)
        for (const name of ['a.dat', 'b.dat', 'c.log'])
          await answers(F.FtpPutData(client, name, Buffer.from(name), name.length), 226)
        await answers(F.FtpOpenDirectory(client, null), 150, 125)
        const names = await namesBySteps()
        assert.deepEqual(names.sort(), ['a.dat', 'b.dat', 'c.log'])
        assert.deepEqual((await namesBySteps()).sort(), ['a.dat', 'b.dat', 'c.log'], 'from the first again')
        await answers(F.FtpCloseDirectory(client), 226, 250)
        await failsWith(F.FtpCloseDirectory(client), S.ST_ERROR_DIRECTORY_NOT_OPEN)

        const found: S.FTPFILESTATUS[] = []
        await answers(
          F.FtpEnumFiles(client, there('sub'), '*.dat', S.FTP_ENUM_FILE | S.FTP_ENUM_FULLPATH, found, 10),
          2,
        )
        assert.deepEqual(found.map(({ szFileName }) => szFileName).sort(), [there('sub/a.dat'), there('sub/b.dat')])
        assert.deepEqual(found[0]?.dwFileSize, 5)
        await answers(F.FtpEnumFiles(client, place.dir, null, S.FTP_ENUM_DIRECTORY, found, 10), 1)
        assert.deepEqual([found.length, found[0]?.szFileName, found[0]?.bIsDirectory], [1, 'sub', true])
        const list = { value: '' }
        assert.ok((await F.FtpGetFileList(client, there('sub'), S.FTP_LIST_NAMEONLY, list, 1000)) > 0)
        assert.deepEqual(list.value.trimEnd().split('\r\n').sort(), ['a.dat', 'b.dat', 'c.log'])
        assert.ok((await F.FtpGetFileList(client, there('sub'), S.FTP_LIST_DEFAULT, list, 10_000)) > 0)
        assert.match(list.value, /b\.dat/)
        async function namesBySteps(): Promise<string[]> {
          const seen: string[] = []
          const file: Partial<S.FTPFILESTATUS> = {}
          for (let more = await F.FtpGetFirstFile(client, file); more; more = await F.FtpGetNextFile(client, file))
            seen.push(file.szFileName ?? '')
          assert.equal(await F.FtpGetLastError(), S.ST_ERROR_NO_MORE_FILES)
          return seen
        }
      })

      await t.test('many files', async () => {
        await mkdir(at('many'))
        await answers(F.FtpGetMultipleFiles(client, at('many'), there('sub'), '?.dat', 0), 226)
        assert.deepEqual((await readdir(at('many'))).sort(), ['a.dat', 'b.dat'])
        await writeFile(at('many/d.dat'), 'd.dat')
        await answers(F.FtpPutMultipleFiles(client, at('many'), null, 'd*', 0), 226)
        await answers(F.FtpChangeDirectoryUp(client), 250, 200)
        const file: Partial<S.FTPFILESTATUS> = {}
        await answers(F.FtpGetFileStatus(client, 'sub/d.dat', file), 213, 250, 226)
        assert.deepEqual([file.szFileName, file.dwFileSize, file.bIsDirectory], ['d.dat', 5, false])
      })

      await t.test('names, times, and what is not there', async () => {
        await answers(F.FtpRenameFile(client, there('sub/d.dat'), there('sub/e.dat')), 250)
        const time: S.SYSTEMTIME = {
          wYear: 2020,
          wMonth: 2,
          wDayOfWeek: 6,
          wDay: 29,
          wHour: 12,
          wMinute: 34,
          wSecond: 56,
          wMilliseconds: 0,
        }
        const back: Partial<S.SYSTEMTIME> = {}
        await answers(F.FtpGetFileTime(client, there('sub/e.dat'), back, true), 213, 250)
        assert.equal(back.wYear, new Date().getFullYear())
        if (can('set-time')) {
          await answers(F.FtpSetFileTime(client, there('sub/e.dat'), time), 213, 250, 200)
          await answers(F.FtpGetFileTime(client, there('sub/e.dat'), back, false), 213, 250)
          assert.deepEqual(back, time)
        } else await failsWith(F.FtpSetFileTime(client, there('sub/e.dat'), time), S.ST_ERROR_NOT_SUPPORTED)
        await failsWith(
          F.FtpSetFileTime(client, there('sub/e.dat'), { ...time, wYear: 2021 }),
          S.ST_ERROR_INVALID_PARAMETER,
        )
        await answers(F.FtpDeleteFile(client, there('sub/e.dat')), 250)
        await failsWith(F.FtpGetFileSize(client, there('sub/e.dat'), {}), S.ST_ERROR_FILE_NOT_FOUND)
        await failsWith(F.FtpDeleteFile(client, there('sub/e.dat')), S.ST_ERROR_FILE_NOT_FOUND)
        assert.match(await lastError(), /^There is no such file or directory\. ./)
        for (const name of ['a.dat', 'b.dat', 'c.log'])
          await answers(F.FtpDeleteFile(client, there(`sub/${name}`)), 250)
        await answers(F.FtpRemoveDirectory(client, there('sub')), 250)
      })

      await t.test('modes, owners, and calls that end something', async () => {
        if (can('commands')) {
          await answers(F.FtpSetPassiveMode(client, false), 0)
          await answers(F.FtpPutData(client, there('active'), Buffer.from('x'), 1), 226)
          await answers(F.FtpSetPassiveMode(client, true), 0)
        } else await failsWith(F.FtpSetPassiveMode(client, true), S.ST_ERROR_INVALID_PARAMETER)
        await answers(F.FtpAttachThread(client, 0), 1)
        await answers(F.FtpCancel(client), 0)
        if (can('commands')) {
          await answers(F.FtpLogout(client), 220, 230)
          await failsWith(F.FtpGetFileSize(client, there('big.bin'), {}), S.ST_ERROR_NOT_AUTHENTICATED)
        } else await failsWith(F.FtpLogout(client), S.ST_ERROR_NOT_SUPPORTED)
        await answers(F.FtpLogin(client, place.user, place.password, null), 230)
        await answers(F.FtpGetFileSize(client, there('big.bin'), {}), 213, 250)
        await answers(F.FtpDisconnect(client), 221)
        await failsWith(F.FtpIsConnected(client), S.ST_ERROR_INVALID_CLIENT_HANDLE)
        client = S.INVALID_CLIENT
      })

      await t.test('by URL, through the credentials and the proxy functions', async () => {
        const whole = `${place.scheme ?? 'ftp'}://${place.user}:${place.password}@${place.host}:${place.port}/${there('url.bin')}`
        const status: Partial<S.FTPTRANSFERSTATUS> = {}
        const own = options & ~S.FTP_OPTION_SECURE_SHELL
        const events: unknown[] = []
        await holds(F.FtpUploadFile(at('big.bin'), whole, 20, own, status, (...event) => void events.push(event[3]), 5))
        assert.equal(status.dwBytesCopied, BIG.length)
        assert.ok(events.length > 0 && events.every((param) => param === 5))
        await holds(F.FtpDownloadFile(at('url.bin'), whole, 20, own, null, null, null))
        assert.deepEqual(await readFile(at('url.bin')), BIG)

        const made: S.Out<S.SECURITYCREDENTIALS | null> = { value: null }
        await holds(F.FtpCreateSecurityCredentials(0, 0, 0, null, null, null, null, null, made))
        const host = `${place.host}:${place.port}`
        const direct = await F.FtpProxyConnect(S.FTP_PROXY_NONE, null, 0, null, null, host, 20, options, made.value)
        if (direct === S.INVALID_CLIENT) assert.fail(await lastError())
        const early = await F.FtpGetFileSize(direct, there('url.bin'), {})
        assert.equal(early, S.FTP_ERROR)
        await answers(F.FtpLogin(direct, place.user, place.password, null), 230)
        await answers(F.FtpGetFileSize(direct, there('url.bin'), {}), 213, 250)
        await F.FtpDeleteSecurityCredentials(made)
        assert.equal(made.value, null)
        await holds(F.FtpDisableTrace())
        const trace = await readFile(at('trace.log'), 'utf8')
        assert.ok(!trace.includes(place.password), 'the trace holds no secret')
        if (can('commands')) assert.match(trace, /> USER .*\n.*< 331 /)
        await F.FtpUninitialize()
        assert.equal(await S.FtpIsConnected(direct), false)
      })
      assert.deepEqual(
        FUNCTIONS.filter((one) => !used.has(one)),
        can('commands') ? [] : ['FtpGetResultCode', 'FtpGetResultString'],
      )
    } finally {
      if (client !== S.INVALID_CLIENT) await S.FtpDisconnect(client)
      await S.FtpUninitialize()
      await rm(local, { recursive: true })
    }
  })
}

/** The functions, each noting that it was called. */
function recorded(used: Set<string>): typeof S {
  return new Proxy(S, {
    get(target, name, receiver) {
      if (typeof name === 'string' && name.startsWith('Ftp')) used.add(name)
      return Reflect.get(target, name, receiver)
    },
  })
}
