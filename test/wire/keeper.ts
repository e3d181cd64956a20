import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { type Answer, type Peer, type RawOptions, type RawServer, rawServer, talk } from './raw-server.js'
import { type Scene, sample, until } from './scene.js'

/** When, and with what, a server answers a NOOP that comes while data flows; and what becomes of the session then. */
export interface Manner {
  readonly atOnce?: string
  readonly before?: string
  readonly after?: string
  /** What comes after the final reply comes in a packet of its own. */
  readonly late?: true
  /** In front of the next command's answer. */
  readonly withNext?: string
  /** From the first transfer on, a NOOP when idle is not answered either. */
  readonly mute?: true
  /** Keep-alive is switched off by it. */
  readonly off?: true
  /** The session is given up. */
  readonly lost?: true
}

export const MANNERS: Readonly<Record<string, Manner>> = {
  'at once': { atOnce: '200 ok\r\n' },
  'before the final reply': { before: '200 ok\r\n' },
  'right after the final reply': { after: '200 ok\r\n' },
  'some time after the final reply': { after: '200 ok\r\n', late: true },
  'with 500 at once': { atOnce: '500 unknown\r\n', off: true },
  'with 502 before the final reply': { before: '502 not now\r\n', off: true },
  'with 501 after the final reply': { after: '501 what\r\n', off: true },
  never: { mute: true, off: true, lost: true },
  'only with the next command': { withNext: '200 ok\r\n', mute: true, off: true, lost: true },
}

export const FILE = sample(200_000)
export const HALF = FILE.length / 2

export interface Keeper extends RawServer {
  /** NOOPs so far. */
  readonly noops: number
  /** What was stored last. */
  readonly stored: Buffer
  /** Resolves when so many NOOPs have come beside the present transfer. */
  noopsBeside(count: number): Promise<void>
}

/**
 * A server with one manner. Its transfers last until a NOOP has come beside them: /a is a whole file, /refused ends with 451, /broken is
 * cut, /endless stops in the middle. SITE answers its argument.
 */
export async function keeper(s: Scene, manner: Manner, on: RawOptions['on'] = {}): Promise<Keeper> {
  let [flowing, transfers, held, beside] = [false, 0, 0, 0]
  let stored = Buffer.alloc(0)
  const noopsBeside = (count: number): Promise<void> =>
    until(() => flowing && beside >= count, `${count} NOOPs beside a transfer`)
  const owed = (text = ''): string => text.repeat(held)

  function transfer(move: (peer: Peer) => Promise<void>, final = '226 done\r\n'): Answer {
    return async (_, peer) => {
      peer.say('150 here it comes\r\n')
      ;[flowing, beside, transfers] = [true, 0, transfers + 1]
      await move(peer)
      flowing = false
      const after = owed(manner.after)
      peer.say(owed(manner.before) + final + (manner.late ? '' : after))
      if (manner.late) await pause(20)
      if (!manner.withNext) held = 0
      return manner.late ? after : undefined
    }
  }

  /** An answer with what a NOOP is still due in front of it. */
  function next(answer: (argument: string) => string): Answer {
    return async (argument) => {
      const before = manner.withNext ? owed(manner.withNext) : ''
      if (manner.withNext) held = 0
      return before + answer(argument)
    }
  }

  async function sendHalves(peer: Peer, first: Uint8Array | string, rest: Uint8Array | string): Promise<void> {
    const data = await peer.data()
    data.resume()
    data.write(first)
    await noopsBeside(manner.atOnce?.startsWith('200') ? 3 : 1)
    data.end(rest)
    await once(data, 'close').catch(() => {})
  }

  const sendFile = (peer: Peer): Promise<void> => sendHalves(peer, FILE.subarray(0, HALF), FILE.subarray(HALF))
  const aborted = next(() => '226 aborted\r\n')
  const files: Readonly<Record<string, Answer>> = {
    '/a': transfer(sendFile),
    '/refused': transfer(sendFile, '451 the disk broke\r\n'),
    '/endless': transfer(async (peer) => {
      const data = await peer.data()
      data.resume()
      data.write(FILE.subarray(0, HALF))
      await once(data, 'end').catch(() => {})
      data.destroy()
    }, '426 cut\r\n'),
    '/broken': transfer(async (peer) => {
      const data = await peer.data()
      data.write(FILE.subarray(0, HALF))
      await noopsBeside(1)
      data.resetAndDestroy()
    }, '426 broken\r\n'),
  }
  const raw = s.keep(
    await rawServer({
      greeting(peer) {
        held = 0
        peer.say('220 ready\r\n')
      },
      on: {
        FEAT: '211-Features\r\n EPSV\r\n SIZE\r\n MLST type*;size*;\r\n211 End\r\n',
        NOOP: () => {
          if (!flowing) return manner.mute && transfers > 0 ? undefined : '200 idle\r\n'
          beside++
          if (!manner.atOnce) held++
          return manner.atOnce
        },
        MLST: next((path) =>
          stored.length === 0
            ? '550 no such file\r\n'
            : `250-\r\n type=file;size=${stored.length}; ${path}\r\n250 end\r\n`,
        ),
        SIZE: next((path) => `213 ${path.startsWith('/in') ? stored.length : FILE.length}\r\n`),
        SITE: next((word) => `250 ${word}\r\n`),
        TYPE: next(() => '200 ok\r\n'),
        DELE: next(() => '250 gone\r\n'),
        RNFR: next(() => '350 to?\r\n'),
        RNTO: next(() => '250 renamed\r\n'),
        RETR: (path, peer) => talk(files[path] ?? '550 no\r\n', path, peer),
        MLSD: transfer((peer) => sendHalves(peer, 'type=file;size=1; one\r\n', 'type=file;size=2; two\r\n')),
        STOR: transfer(async (peer) => {
          const chunks: Buffer[] = []
          for await (const chunk of await peer.data()) chunks.push(chunk as Buffer)
          stored = Buffer.concat(chunks)
        }),
        ABOR: async (argument, peer) => {
          await until(() => !flowing, 'the transfer is over')
          return await talk(aborted, argument, peer)
        },
        ...on,
      },
    }),
  )
  return {
    port: raw.port,
    url: raw.url,
    lines: raw.lines,
    close: () => raw.close(),
    noopsBeside,
    get sessions() {
      return raw.sessions
    },
    get noops() {
      return raw.lines.filter((line) => line === 'NOOP').length
    },
    get stored() {
      return stored
    },
  }
}
