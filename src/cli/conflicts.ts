import { OPTIONS, type Settings } from './options/options.js'
import { usage } from './options/usage.js'

/** Throws for two flags that exclude each other. `given` holds the names of the flags on the command line. */
export function checkPairs(given: ReadonlySet<string>): void {
  for (const { name, excludes = [] } of OPTIONS) {
    const other = given.has(name) ? excludes.find((one) => given.has(one)) : undefined
    if (other !== undefined) throw usage(`--${name} and --${other} contradict each other.`, 'Leave one of them out.')
  }
}

/** Throws for values that exclude each other. Conflicts that depend on the scheme or the proxy are checked by the library. */
export function checkTogether({ connect, secrets }: Settings): void {
  const { tls = {}, tunnel, passiveAddress = 'control' } = connect
  const { cert, key, pfx, minVersion = 'TLSv1', maxVersion = 'TLSv1.3', data, reuse } = tls
  if (cert !== undefined && key === undefined)
    throw usage('--tls-cert is given without its key.', 'Add --tls-key FILE.')
  if (key !== undefined && cert === undefined)
    throw usage('--tls-key is given without its certificate.', 'Add --tls-cert FILE.')
  if (secrets.tlsPassphraseEnv !== undefined && key === undefined && pfx === undefined)
    throw usage('--tls-passphrase-env is given, but nothing that it would open.', 'Add --tls-key or --tls-pfx.')
  if (minVersion > maxVersion) throw usage('--tls-min is higher than --tls-max.', 'Leave one of them out.')
  if (data === 'clear' && reuse === 'require')
    throw usage(
      '--tls-data clear and --tls-reuse require contradict each other: data without TLS has no session to resume.',
      'Leave one of them out.',
    )
  if (tunnel && passiveAddress !== 'control')
    throw usage(
      `--tunnel and --passive-address ${passiveAddress} contradict each other: data goes to the host that is dialled.`,
      'Leave one of them out.',
    )
}
