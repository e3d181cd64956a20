import type { SecureVersion } from 'node:tls'

/** A secret, or a function that fetches it; it is called when the secret is needed. */
export type Secret = string | (() => Promise<string>)

/** TLS with the server (`ftps://`, `ftpes://`), or with the FTP proxy. */
export interface TlsOptions {
  /**
   * Certificates of the issuers to trust, PEM.
   *
   * @defaultValue the system's
   */
  readonly ca?: string | Buffer | readonly (string | Buffer)[]
  /** A client certificate, PEM; with `key`. */
  readonly cert?: string | Buffer
  /** The private key of `cert`, PEM. */
  readonly key?: string | Buffer
  /** A client certificate and its key, PKCS #12. */
  readonly pfx?: string | Buffer
  /** The passphrase of `key` or `pfx`. */
  readonly passphrase?: Secret
  /**
   * The name that the certificate has to be for; also sent as SNI.
   *
   * @defaultValue the name of `virtualHost`, else the host
   */
  readonly servername?: string
  /** SHA-256 of the certificate or of its public key, hex or base64: exactly these are trusted, whoever issued them. */
  readonly pin?: string | readonly string[]
  /**
   * Trusts whatever certificate is shown, and emits a `warning` event. Prefer `pin`.
   *
   * @defaultValue false
   */
  readonly trustAny?: boolean
  /**
   * Allows TLS 1.0 and 1.1, short keys and old signatures, on this connection only. RC4 and MD5 are no longer in Node's OpenSSL.
   *
   * @defaultValue false
   */
  readonly legacy?: boolean
  /**
   * Whether data connections resume the control connection's session. `'auto'`: they resume it, or show the same certificate.
   *
   * @defaultValue 'auto'
   */
  readonly reuse?: 'auto' | 'require' | 'never'
  /**
   * The lowest version of TLS.
   *
   * @defaultValue Node's: 'TLSv1.2'
   */
  readonly minVersion?: SecureVersion
  /**
   * The highest version of TLS.
   *
   * @defaultValue Node's: 'TLSv1.3'
   */
  readonly maxVersion?: SecureVersion
  /**
   * Whose TLS it is where an FTP proxy is in between. `'both'` is a `bad-argument`.
   *
   * @defaultValue 'server'
   */
  readonly scope?: 'server' | 'proxy' | 'both'
  /**
   * `'clear'`: data connections are plaintext, for servers without PROT P.
   *
   * @defaultValue 'secure'
   */
  readonly data?: 'secure' | 'clear'
}
