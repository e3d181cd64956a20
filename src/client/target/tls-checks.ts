import { badArgument } from '../../errors.js'
import type { ProxyOptions, TlsOptions } from '../options/options.js'

interface Rule {
  readonly broken: (options: TlsOptions) => boolean
  readonly says: string
  readonly hint: string
}

const ONE_OF_THEM = 'Leave one of them out.'

/** What cannot be meant together. Ignoring one half would leave a connection less protected than its options say. */
const RULES: readonly Rule[] = [
  {
    broken: ({ cert, key }) => (cert === undefined) !== (key === undefined),
    says: 'tls.cert and tls.key belong together; one of them is missing.',
    hint: 'Give both, or both in tls.pfx.',
  },
  {
    broken: ({ pfx, cert }) => pfx !== undefined && cert !== undefined,
    says: 'tls.pfx and tls.cert contradict each other: there is one client certificate.',
    hint: ONE_OF_THEM,
  },
  {
    broken: ({ passphrase, key, pfx }) => passphrase !== undefined && key === undefined && pfx === undefined,
    says: 'tls.passphrase is given, but nothing that it would open.',
    hint: 'Give tls.key or tls.pfx.',
  },
  {
    broken: ({ pin, trustAny }) => pin !== undefined && [pin].flat().length > 0 && trustAny === true,
    says: 'tls.pin and tls.trustAny contradict each other.',
    hint: 'Leave trustAny out.',
  },
  {
    broken: ({ legacy, minVersion }) => legacy === true && minVersion !== undefined,
    says: 'tls.legacy and tls.minVersion contradict each other: legacy goes down to TLS 1.0.',
    hint: ONE_OF_THEM,
  },
  {
    // The names of the versions are in the order of their age.
    broken: ({ minVersion = 'TLSv1', maxVersion = 'TLSv1.3' }) => minVersion > maxVersion,
    says: 'tls.minVersion is higher than tls.maxVersion.',
    hint: ONE_OF_THEM,
  },
  {
    broken: ({ data, reuse }) => data === 'clear' && reuse === 'require',
    says: "tls.data 'clear' and tls.reuse 'require' contradict each other: data without TLS has no session to resume.",
    hint: ONE_OF_THEM,
  },
]

/** Refuses TLS options that contradict each other. */
export function checkTls(options: TlsOptions): void {
  const rule = RULES.find(({ broken }) => broken(options))
  if (rule) throw badArgument(rule.says, rule.hint)
}

/** Refuses TLS options of a proxy that would have no effect: only an https:// proxy shows a certificate of its own. */
export function checkProxyTls({ dialect, tls }: ProxyOptions): void {
  if (tls === undefined) return
  if (dialect !== 'https')
    throw badArgument(
      `The proxy has tls, but a '${dialect}' proxy shows no certificate of its own.`,
      "Use dialect 'https'; for TLS with an FTP proxy the option tls of connect() with scope 'proxy'.",
    )
  if (tls.trustAny && tls.pin !== undefined)
    throw badArgument('proxy.tls.pin and proxy.tls.trustAny contradict each other.', 'Leave trustAny out.')
}
