import type { Socket } from 'node:net'
import { plainAddress } from '../network/addresses.js'
import { type ArrivedLine, readCommand } from '../network/command-lines.js'
import { ControlLink, type Lines } from '../network/control-link.js'
import type { Conversation } from '../network/conversation.js'
import { type FaultAction, type FaultList, playAfter, playBefore } from '../network/faults.js'
import { commandOf } from './commands.js'
import { READ_ONLY } from './files.js'
import { FACTS } from './listing.js'
import { replyTo } from './replies.js'
import { secureLink } from './security.js'
import type { Command, Settings, Visit } from './session-state.js'

/** Longest command line, in bytes. */
const LINE_LIMIT = 4096

export interface SessionOptions {
  readonly number: number
  readonly settings: Settings
  readonly faults: FaultList
  readonly conversation: Conversation
  readonly track: Visit['track']
  readonly countData: () => void
}

/** Serves one control connection; resolves when it is over. It never rejects. */
export async function serve(socket: Socket, options: SessionOptions): Promise<void> {
  const visit = begin(socket, options)
  try {
    const greeting = options.faults.take('connect')
    if (options.settings.tls?.implicit) await secureLink(visit, greeting)
    if (!(await playBefore(greeting, visit.link)))
      await playAfter(greeting, visit.link, welcome(options.settings.greeting))
    for (let line = await visit.link.next(); line; line = await visit.link.next()) {
      if (await answer(visit, line, options.faults)) break
    }
  } catch {
    visit.link.reset()
  } finally {
    visit.data?.drop()
    visit.link.end()
  }
}

function begin(socket: Socket, { number, settings, conversation, track, countData }: SessionOptions): Visit {
  const link = new ControlLink(socket, {
    limit: LINE_LIMIT,
    hears: 'client',
    record: (from, text) => conversation.record(number, from, text),
    onLine: (line) => readCommand(line.text).verb === 'ABOR' && visit.transfer?.abort(),
  })
  const visit: Visit = {
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
  link.signal.addEventListener('abort', () => visit.transfer?.abort(), { once: true })
  return visit
}

function welcome(lines: readonly string[]): string[] {
  const last = lines.length - 1
  return lines.map((line, at) => `220${at === last ? ' ' : '-'}${line}`)
}

/** Answers one line; true when it was the last. */
async function answer(visit: Visit, line: ArrivedLine, faults: FaultList): Promise<boolean> {
  const { verb, argument } = readCommand(line.text)
  const fault = faults.take(verb)
  if (await playBefore(fault, visit.link)) return false
  const command = commandOf(verb)
  const refused = refusal(visit, line, command)
  const reply = refused ?? (command && (await run(command, { visit, argument, fault })))
  const spoken = command?.speaks && refused === undefined
  await playAfter(spoken ? { ...fault, finalReply: undefined } : fault, visit.link, reply)
  return refused === undefined && command?.ends === true
}

/** Why a line is not carried out, or undefined when it is. */
function refusal(visit: Visit, { text, whole }: ArrivedLine, command: Command | undefined): string | undefined {
  if (!whole) return '500 Command line too long.'
  if (/[\r\0]/.test(text)) return '501 A command holds neither CR nor NUL.'
  if (visit.settings.without.has(readCommand(text).verb)) return '502 Command not implemented.'
  if (!command) return '500 Command not understood.'
  if (!command.open && visit.stage !== 'in') return '530 Please login with USER and PASS.'
  return command.writes && visit.settings.readOnly ? READ_ONLY : undefined
}

async function run(
  command: Command,
  { visit, argument, fault }: { visit: Visit; argument: string; fault: FaultAction },
): Promise<Lines | undefined> {
  try {
    return await command.run(visit, argument, fault)
  } catch (error) {
    return replyTo(error)
  }
}
