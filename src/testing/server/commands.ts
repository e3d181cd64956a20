import { ACCESS } from './access.js'
import { STATUS } from './directory.js'
import { ENDPOINTS } from './endpoints.js'
import { FILES } from './files.js'
import { SECURITY } from './security.js'
import type { Command, SessionState } from './session-state.js'
import { TRANSFERS } from './transfers.js'

const KNOWN: Readonly<Record<string, Command>> = {
  ...ACCESS,
  ...SECURITY,
  ...FILES,
  ...STATUS,
  ...ENDPOINTS,
  ...TRANSFERS,
  FEAT: { run: (session) => features(session), open: true },
  HELP: { run: (session) => help(session), open: true },
}

/** The names of RFC 775, which old clients still send. */
const OLD_NAMES: Readonly<Record<string, string>> = {
  XPWD: 'PWD',
  XCWD: 'CWD',
  XCUP: 'CDUP',
  XMKD: 'MKD',
  XRMD: 'RMD',
  XSHA: 'XSHA1',
}

/** Returns the command of a verb in upper case; undefined when there is none. */
export function commandOf(verb: string): Command | undefined {
  const name = OLD_NAMES[verb] ?? verb
  return Object.hasOwn(KNOWN, name) ? KNOWN[name] : undefined
}

function features(session: SessionState): string[] {
  const { without } = session.settings
  // RFC 3659 section 7.8: the MLST line covers MLSD too.
  const isListed = (verb: string) => !without.has(verb) && !(verb === 'MLST' && without.has('MLSD'))
  const lines = Object.entries(KNOWN).map(([verb, { feature }]) => (isListed(verb) ? feature?.(session) : undefined))
  const known = [...lines, without.has('UTF8') ? undefined : 'UTF8', without.has('TVFS') ? undefined : 'TVFS']
  return ['211-Features:', ...known.filter((line) => line !== undefined).map((line) => ` ${line}`), '211 End']
}

function help(session: SessionState): string[] {
  const verbs = Object.keys(KNOWN).filter((verb) => !session.settings.without.has(verb))
  return ['214-The following commands are recognized:', ` ${verbs.join(' ')}`, '214 Help ok.']
}
