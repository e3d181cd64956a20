import type { TransferError } from '../../errors.js'
import { type DialectProbe, likely } from './checks/dialects.js'
import type { DiagnosisStep, Outcome, StepName } from './report/steps.js'

/** What a verdict is made from. */
export interface Evidence {
  readonly steps: readonly DiagnosisStep[]
  /** The mode of data connections that was asked for. */
  readonly mode: 'passive' | 'active' | 'auto'
  /** Passive ports that the server named. */
  readonly ports: readonly number[]
  readonly dialects?: readonly DialectProbe[]
  /** Any certificate was to be trusted, and was not, because of a password. */
  readonly withheld?: boolean
}

/** What all of it means, and what to change, in words. */
export function verdictOf(evidence: Evidence): string {
  const { steps } = evidence
  const failed = steps.find(({ outcome }) => outcome === 'fail')
  if (!failed) return ['Usable as asked.', ...notes(evidence)].join(' ')
  if (failed.name === 'data') return dataVerdict(failed, evidence)
  const parts = [WORKS[failed.name], failed.sentence, failed.error?.hint, ...more(failed, evidence)]
  return parts.filter((part) => part !== undefined && part !== '').join(' ')
}

/** What is known to work when a step fails. */
const WORKS: Partial<Record<StepName, string>> = {
  greeting: 'Something answers at that port, but it is not usable:',
  tls: 'The connection stands, but not its TLS:',
  login: 'Everything up to the login works.',
}

function more({ name }: DiagnosisStep, { dialects, withheld }: Evidence): string[] {
  if (name === 'tls' && withheld)
    return ['Any certificate was to be trusted (trustAny, --insecure): without a diagnosis the password would be sent.']
  if (!dialects) return []
  const [first, ...others] = likely(dialects)
  if (first === undefined) return ['The proxy reacts to none of the dialects as known.']
  const known = dialects.find(({ reaction, dialect }) => reaction !== 'unknown' && dialect === first)
  const also = others.length > 0 ? ` (or ${others.map((one) => `ftp+${one}`).join(', ')})` : ''
  return [`The proxy reacts to ${known?.command.split(' ')[0] ?? 'it'} as known: try ftp+${first}://${also}.`]
}

function notes({ steps }: Evidence): string[] {
  const warned = (name: StepName): DiagnosisStep | undefined =>
    steps.find((step) => step.name === name && step.outcome === 'warn')
  const passive = [warned('epsv'), warned('pasv')].filter((step) => step !== undefined)
  return [
    warned('tls') && 'Look at the certificate: it is not trusted, or ends soon.',
    passive.length === 1 && passive[0]
      ? `${passive[0].name.toUpperCase()} does not work; the other passive way does.`
      : undefined,
    warned('data') && 'Files can be read here, but not written.',
    warned('keep-alive') && 'NOOP is refused: leave keep-alive off.',
    warned('verification') && 'Not every checksum that the server announces works.',
  ].filter((note) => note !== undefined)
}

function dataVerdict({ error, sentence }: DiagnosisStep, { steps, mode, ports }: Evidence): string {
  const outcome = (name: StepName): Outcome | undefined => steps.find((step) => step.name === name)?.outcome
  const passiveWorks = outcome('epsv') === 'ok' || outcome('pasv') === 'ok'
  const activeWorks = outcome('active') === 'ok'
  if (error?.code !== 'data-connection' && error?.code !== 'timeout' && error?.phase !== 'data')
    return join('Control works; data does not:', sentence, error?.hint)
  if (mode === 'active')
    return join(
      'Control works; the server cannot connect to us:',
      sentence,
      'Our firewall must let the server in (open a range and give it as activePorts, --active-ports)',
      passiveWorks ? '; or leave active mode out: passive mode works.' : '; passive mode does not work either.',
    )
  const alternative = activeWorks
    ? "; or use active mode (dataMode 'active', --active), which works."
    : '; active mode does not work either: the server cannot connect to us.'
  if (!isBlocked(error))
    return join('Control works; the server refuses passive mode:', sentence, `Have it allowed${alternative}`)
  return join(
    `Control works; passive ports do not answer${named(ports)}:`,
    `the firewall in front of the server must open its passive ports${alternative}`,
  )
}

/** Returns whether the server named a port that does not answer. */
function isBlocked(error: TransferError): boolean {
  return error.reply === undefined
}

function named(ports: readonly number[]): string {
  const [first, ...others] = [...ports].sort((a, b) => a - b)
  if (first === undefined) return ''
  return ` (the server named ${[first, ...others].join(' and ')})`
}

function join(...parts: readonly (string | undefined)[]): string {
  return parts
    .filter((part) => part !== undefined)
    .join(' ')
    .replaceAll(' ;', ';')
}
