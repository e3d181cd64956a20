import type { Capabilities } from '../store.js'
import { checksumsOf } from './commands/checksum.js'
import type { Form } from './transfer/representation.js'
import type { SessionParts } from './transfer/session-context.js'

/** What the session can do, as far as it is known when it is asked: more is learned meanwhile. */
export function capabilities({ commands, pipeline }: SessionParts, form: Form): Capabilities {
  const plain = !form.text && !form.packed
  return {
    ranges: plain,
    resume: plain,
    links: false,
    get lookAhead() {
      return plain && pipeline.queues
    },
    get checksums() {
      return checksumsOf(commands.features)
    },
    get times() {
      return commands.features.has('MFMT') || commands.features.quirks.setsTimesByMdtm === true
    },
    get modes() {
      return commands.chmod
    },
    get stat() {
      return commands.features.has('MLST') || commands.features.has('SIZE')
    },
  }
}
