/** What SSH negotiated: `remote.security` over SFTP. */
export interface SshSecurity {
  /** The version of the protocol. */
  readonly protocol: 'SSH-2.0'
  /** The key exchange: 'curve25519-sha256'. */
  readonly keyExchange: string
  /** The cipher from client to server: 'aes128-gcm@openssh.com'. */
  readonly cipher: string
  /** The message authentication code; 'in the cipher' where the cipher authenticates. */
  readonly mac: string
  /** False when the host key was accepted only because every host key is. */
  readonly trusted: boolean
  /** Why the host key is trusted. */
  readonly reason: string
  /** Always absent: SSH has host keys instead. */
  readonly certificate?: undefined
  /** The server's host key. */
  readonly hostKey: {
    /** 'ssh-ed25519'. */
    readonly type: string
    /** SHA-256 as OpenSSH prints it: 'SHA256:…'. */
    readonly fingerprint: string
    /** What it is trusted by: 'fingerprint', 'known', 'new' or 'any'. */
    readonly trustedBy: string
  }
}
