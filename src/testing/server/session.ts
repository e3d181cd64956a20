import type { Socket } from 'node:net'
import { plainAddress } from '../network/addresses.js'
import { type ArrivedLine, readCommand } from '../network/command-lines.js'
import { ControlLink, type Lines } from '../network/control-link.js'
import type { Conversation } from '../network/conversation.js'
import { applyAfter, applyBefore, type FaultAction, type FaultList } from '../network/faults.js'
import { commandOf } from './commands.js'
import { READ_ONLY } from './files.js'
import { FACTS } from './listing.js'
import { replyTo } from './replies.js'
import { secureLink } from './security.js'
import type { Command, SessionState, Settings } from './session-state.js'

/** Longest command line, in bytes. */
const LINE_LIMIT = 4096

export interface SessionOptions {
  readonly number: number
  readonly settings: Settings
  readonly faults: FaultList
  readonly conversation: Conversation
  readonly track: SessionState['track']
  readonly countData: () => void
}

/** Serves one control connection; resolves when it is closed. Never rejects. */
export async function serve(socket: Socket, options: SessionOptions): Promise<void> {
  const session = begin(socket, options)
  try {
    const greeting = options.faults.take('connect')
    if (options.settings.tls?.implicit) await secureLink(session, greeting)
    if (!(await applyBefore(greeting, session.link)))
      await applyAfter(greeting, session.link, welcome(options.settings.greeting))
    for (let line = await session.link.next(); line; line = await session.link.next()) {
      if (await answer(session, line, options.faults)) break
    }
  } catch {
    session.link.reset()
  } finally {
    session.data?.drop()
    session.link.end()
  }
}

function begin(socket: Socket, { number, settings, conversation, track, countData }: SessionOptions): SessionState {
  const link = new ControlLink(socket, {
    limit: LINE_LIMIT,
    peer: 'client',
    record: (from, text) => conversation.record(number, from, text),
    onLine: (line) => readCommand(line.text).verb === 'ABOR' && session.transfer?.abort(),
  })
  const session: SessionState = {
    settings,
    link,
    local: plainAddress(socket.localAddress),
    peer: plainAddress(socket.remoteAddress),
    stage: 'new',
    user: '',
    cwd: settings.home,
    type: 'A',
    restart: 0,
    renameFrom: undefined,
    epsvOnly: false,
    hash: 'sha256',
    facts: FACTS,
    tls: undefined,
    pbsz: false,
    protects: false,
    data: undefined,
    transfer: undefined,
    track,
    countData,
  }
  link.signal.addEventListener('abort', () => session.transfer?.abort(), { once: true })
  return session
}

function welcome(lines: readonly string[]): string[] {
  const last = lines.length - 1
  return lines.map((line, at) => `220${at === last ? ' ' : '-'}${line}`)
}

/** Answers one line; resolves with true when it was the last. */
async function answer(session: SessionState, line: ArrivedLine, faults: FaultList): Promise<boolean> {
  const { verb, argument } = readCommand(line.text)
  const fault = faults.take(verb)
  if (await applyBefore(fault, session.link)) return false
  const command = commandOf(verb)
  const refused = refusal(session, line, command)
  const reply = refused ?? (command && (await run(command, { session, argument, fault })))
  const spoken = command?.repliesItself && refused === undefined
  await applyAfter(spoken ? { ...fault, finalReply: undefined } : fault, session.link, reply)
  return refused === undefined && command?.ends === true
}

/** Returns the reply that refuses a line, or undefined when it is to be executed. */
function refusal(
  session: SessionState,
  { text, whole }: ArrivedLine,
  command: Command | undefined,
): string | undefined {
  if (!whole) return '500 Command line too long.'
  if (/[\r\0]/.test(text)) return '501 A command holds neither CR nor NUL.'
  if (session.settings.without.has(readCommand(text).verb)) return '502 Command not implemented.'
  if (!command) return '500 Command not understood.'
  if (!command.open && session.stage !== 'logged-in') return '530 Please login with USER and PASS.'
  return command.writes && session.settings.readOnly ? READ_ONLY : undefined
}

async function run(
  command: Command,
  { session, argument, fault }: { session: SessionState; argument: string; fault: FaultAction },
): Promise<Lines | undefined> {
  try {
    return await command.run(session, argument, fault)
  } catch (error) {
    return replyTo(error)
  }
}
