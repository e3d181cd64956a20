import type { Observer } from '../events.js'
import type { Limits } from '../transport/deadline.js'
import type { Commands } from './commands.js'
import type { ControlConnection } from './control.js'
import type { DataChannel } from './data.js'
import type { KeepAlive } from './keep-alive.js'
import type { ListingHabits } from './listing/listing.js'
import type { Pipeline } from './pipeline.js'
import type { Protection } from './secure-control.js'
import type { Turns } from './turns.js'

/** What one session is made of. Views of the same session share it. */
export interface SessionParts {
  readonly control: ControlConnection
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
  /** A REST was accepted and nothing has used it up: the next transfer would start there. */
  restStands?: boolean
  /** The server has accepted a REST before. */
  restWorks?: boolean
  home?: string
}
