import { CONNECTION } from './connection.js'
import { LOGIN } from './login.js'
import { OUTPUT } from './output.js'
import type { OptionSpec } from './spec.js'
import { SSH } from './ssh.js'
import { TLS } from './tls.js'
import { TRANSFER } from './transfer.js'
import { VERB_OPTIONS } from './verbs.js'

export { GROUP_TITLES, type OptionGroup, type OptionSpec, type SecretSources, type Settings } from './spec.js'

/** All flags, in the order of the help. */
export const OPTIONS: readonly OptionSpec[] = [
  ...LOGIN,
  ...CONNECTION,
  ...TLS,
  ...SSH,
  ...TRANSFER,
  ...VERB_OPTIONS,
  ...OUTPUT,
]
