import { CONNECTION } from './options/connection.js'
import { LOGIN } from './options/login.js'
import { OUTPUT } from './options/output.js'
import type { OptionSpec } from './options/spec.js'
import { SSH } from './options/ssh.js'
import { TLS } from './options/tls.js'
import { TRANSFER } from './options/transfer.js'
import { VERBS_OWN } from './options/verbs.js'

export { GROUP_TITLES, type OptionGroup, type OptionSpec, type SecretSources, type Settings } from './options/spec.js'

/** Every flag there is, in the order of the help. */
export const OPTIONS: readonly OptionSpec[] = [
  ...LOGIN,
  ...CONNECTION,
  ...TLS,
  ...SSH,
  ...TRANSFER,
  ...VERBS_OWN,
  ...OUTPUT,
]
