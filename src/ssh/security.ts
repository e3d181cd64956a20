/** What protects a connection. */
export interface SshSecurity {
  readonly protocol: 'SSH-2.0'
  readonly keyExchange: string
  readonly cipher: string
  readonly mac: string
  /** False when the host key was accepted only because every host key is. */
  readonly trusted: boolean
  /** Why the host key is trusted. */
  readonly reason: string
  /** Always absent: SSH has host keys instead. */
  readonly certificate?: undefined
  readonly hostKey: { readonly type: string; readonly fingerprint: string; readonly trustedBy: string }
}
