import type { Connections } from '../login/connections.js'
import type { Settings } from '../options/options.js'
import type { Terminal } from '../report/terminal.js'

/** What a verb gets to work with. */
export interface Context {
  /** The words behind the verb. */
  readonly words: readonly string[]
  readonly settings: Settings
  readonly terminal: Terminal
  readonly connections: Connections
  /** Fires when the person or the system wants it to stop. */
  readonly signal: AbortSignal
}
