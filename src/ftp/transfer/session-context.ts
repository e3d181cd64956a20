import type { Limits } from '../../deadline.js'
import type { Observer } from '../../events.js'
import type { Commands } from '../commands/session-commands.js'
import type { ControlConnection } from '../control/control-connection.js'
import type { KeepAlive } from '../control/keep-alive.js'
import type { Turns } from '../control/session-lock.js'
import type { SessionState } from '../control/session-state.js'
import type { Protection } from '../control/tls-commands.js'
import type { DataChannel } from '../data/data-connection.js'
import type { Pipeline } from '../data/pipelining.js'
import type { ListingHabits } from '../listing/listing.js'

/** What one session is made of. Views of the same session share it. */
export interface SessionParts {
  readonly control: ControlConnection
  readonly state: SessionState
  readonly commands: Commands
  readonly limits: Limits
  readonly observe: Observer
  readonly describe: string
  readonly turns: Turns
  /** Absent: a plain session. */
  readonly protection?: Protection
  readonly keepAlive?: KeepAlive
  readonly pipeline: Pipeline
  readonly habits: ListingHabits
  data: DataChannel
}
