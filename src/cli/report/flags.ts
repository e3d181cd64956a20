/** Option names in the library's hints, and the flags to print instead. Longer names come before their parts. */
export const FLAG_NAMES: readonly (readonly [word: string, flag: string])[] = [
  ['a password, or a `prompt` that asks for it', 'it with --password-env, --password-stdin or --netrc'],
  ['a password for the proxy, or a `prompt` that asks for it', 'it with --proxy-password-env'],
  ['an account, or a `prompt` that asks for it', 'it with --account'],
  ['`password`', '--password-env, --password-stdin or --netrc'],
  ['`account`', '--account'],
  ['hostKey.fingerprint', '--host-key'],
  ["set hostKey.accept to 'new'", 'use --accept-new'],
  ['privateKey', '--identity'],
  ['tls.trustAny', '--insecure'],
  ['tls.legacy', '--tls-legacy'],
  ['tls.ca', '--tls-ca'],
  ['tls.pin', '--tls-pin'],
  ['tls.servername', '--tls-servername'],
  ['tls.cert', '--tls-cert'],
  ['tls.key', '--tls-key'],
  ['tls.pfx', '--tls-pfx'],
  ['tls.scope', '--tls-scope'],
  ['tls.data', '--tls-data'],
  ['tls.reuse', '--tls-reuse'],
  ['pool.max', '--parallel'],
  ["overwrite: 'delete-first'", '--overwrite delete-first'],
  ["overwrite: 'never'", '--overwrite never'],
  ['sshConfig: false, which reads none', '--no-ssh-config'],
  ['sshConfig: false', '--no-ssh-config'],
  ["dataMode 'passive'", 'passive mode (leave --active out)'],
  ['passiveAddress', '--passive-address'],
  ["temporary: 'none'", '--no-temporary'],
  ['timeouts.connect', '--timeout'],
  ['timeouts.confirm', '--confirm-timeout'],
]

/** Replaces option names in a hint by flags. */
export function inFlags(advice: string): string {
  return FLAG_NAMES.reduce((text, [word, flag]) => text.replaceAll(`\`${word}\``, flag).replaceAll(word, flag), advice)
}
