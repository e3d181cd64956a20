import type { Connections } from '../login/connections.js'
import type { Settings } from '../options/options.js'
import type { Terminal } from '../report/terminal.js'

/** What the command of a verb receives. */
export interface Context {
  /** The words after the verb. */
  readonly words: readonly string[]
  readonly settings: Settings
  readonly terminal: Terminal
  readonly connections: Connections
  /** Fires on SIGINT or SIGTERM. */
  readonly signal: AbortSignal
}
