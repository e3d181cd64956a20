import type { TransferError } from '../../errors.js'
import type { LearnedFact } from '../../learned.js'
import type { HashName } from '../../store.js'
import type { Security, SshSecurity } from '../options/options.js'
import type { DialectProbe } from './checks/dialects.js'
import type { DiagnosisStep } from './report/steps.js'

/** What `diagnose()` found. No secret is in it. */
export interface Diagnosis {
  /** Scheme, user, host and port. */
  readonly url: string
  /** True when no step failed: what was asked for works. */
  readonly usable: boolean
  /** What was looked at, in order. */
  readonly steps: readonly DiagnosisStep[]
  /** What it means and what to change, in words. */
  readonly verdict: string
  /** The error of the first step that failed. */
  readonly error?: TransferError
  /** The addresses that the name of the nearest host (server or proxy) resolved to. */
  readonly addresses: readonly string[]
  /** The address that answered. */
  readonly address?: string
  /** The text of the greeting. */
  readonly greeting?: string
  /** What TLS or SSH negotiated, or showed before it failed. */
  readonly security?: Security | SshSecurity
  /** Whether data connections resumed the TLS session. */
  readonly sessionReused?: boolean
  /** The names that FEAT listed. */
  readonly features: readonly string[]
  /** Passive ports that the server named in its replies. */
  readonly passivePorts: readonly number[]
  /** What the server does differently from most, as it was met on the way. */
  readonly learned: readonly LearnedFact[]
  /** Hashes that the server computed correctly. */
  readonly checksums: readonly HashName[]
  /** With `probeProxy`: how the FTP proxy reacted to each dialect. */
  readonly dialects?: readonly DialectProbe[]
}
