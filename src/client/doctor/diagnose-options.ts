import { callback, flag, type OptionTable } from '../../option-checks.js'
import { CONNECT } from '../options/connect-table.js'
import type { ConnectOptions } from '../options/options.js'
import type { DiagnosisStep } from './report/steps.js'

/** Options of `diagnose()`: those of `connect()`, and three of its own. */
export interface DiagnoseOptions extends ConnectOptions {
  /**
   * Tries data with 1 KiB in both directions, under a temporary name in the directory that is removed again; else only a listing.
   *
   * @defaultValue false
   */
  readonly write?: boolean
  /**
   * When an FTP proxy refuses, finds out which dialects it reacts to, with a made-up user and no password.
   *
   * @defaultValue false
   */
  readonly probeProxy?: boolean
  /** Called with each step as soon as it is over. */
  readonly onStep?: (step: DiagnosisStep) => void
}

/** The options of diagnose(). */
export const DIAGNOSE: OptionTable<DiagnoseOptions> = {
  ...CONNECT,
  write: {
    kind: flag,
    default: '`false`',
    text: 'tries data with 1 KiB in both directions, under a temporary name that is removed again; else only a listing',
  },
  probeProxy: {
    kind: flag,
    default: '`false`',
    text: 'when an FTP proxy refuses, finds out which dialects it reacts to, with a made-up user and no password',
  },
  onStep: { kind: callback, default: 'none', text: 'receives each step as soon as it is over' },
}
