import { ACCESS } from './access.js'
import { STATUS } from './directory.js'
import { ENDPOINTS } from './endpoints.js'
import { FILES } from './files.js'
import { SECURITY } from './security.js'
import type { Command, Visit } from './session-state.js'
import { TRANSFERS } from './transfers.js'

const KNOWN: Readonly<Record<string, Command>> = {
  ...ACCESS,
  ...SECURITY,
  ...FILES,
  ...STATUS,
  ...ENDPOINTS,
  ...TRANSFERS,
  FEAT: { run: (visit) => features(visit), open: true },
  HELP: { run: (visit) => help(visit), open: true },
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

/** The command of a verb in upper case; undefined when there is none. */
export function commandOf(verb: string): Command | undefined {
  const name = OLD_NAMES[verb] ?? verb
  return Object.hasOwn(KNOWN, name) ? KNOWN[name] : undefined
}

function features(visit: Visit): string[] {
  const { without } = visit.settings
  // RFC 3659 section 7.8: the MLST line stands for MLSD too.
  const told = (verb: string) => !without.has(verb) && !(verb === 'MLST' && without.has('MLSD'))
  const lines = Object.entries(KNOWN).map(([verb, { feature }]) => (told(verb) ? feature?.(visit) : undefined))
  const known = [...lines, without.has('UTF8') ? undefined : 'UTF8', without.has('TVFS') ? undefined : 'TVFS']
  return ['211-Features:', ...known.filter((line) => line !== undefined).map((line) => ` ${line}`), '211 End']
}

function help(visit: Visit): string[] {
  const verbs = Object.keys(KNOWN).filter((verb) => !visit.settings.without.has(verb))
  return ['214-The following commands are recognized:', ` ${verbs.join(' ')}`, '214 Help ok.']
}
