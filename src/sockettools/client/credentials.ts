import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { ConnectOptions, SchemeName, TlsOptions } from '../../index.js'
import { Failure, invalid, ST_ERROR_LOCAL_FILE } from '../constants/errors.js'
import type { SECURITYCREDENTIALS } from '../constants/structures.js'

/** Resolves with the connection options for credentials. Reads lpszCertStore. */
export async function credentialOptions(
  credentials: SECURITYCREDENTIALS | null,
  scheme: SchemeName,
): Promise<ConnectOptions> {
  if (credentials === null || scheme === 'ftp') return {}
  check(credentials)
  const { lpszUserName: user, lpszPassword: password, lpszCertStore: store } = credentials
  if (scheme !== 'sftp') return store ? { tls: await clientCertificate(store, credentials) } : {}
  const key = store ? { privateKey: await contentOf(store), ...(password && { passphrase: password }) } : {}
  return { ...(user && { user }), ...(!store && password && { password }), ...key }
}

const TEXTS = ['lpszUserName', 'lpszPassword', 'lpszCertStore', 'lpszCertName'] as const

function check(credentials: SECURITYCREDENTIALS): void {
  if (!(Number.isInteger(credentials.dwSize) && credentials.dwSize > 0))
    throw invalid('dwSize of the SECURITYCREDENTIALS is not set.')
  for (const name of TEXTS)
    if (credentials[name] != null && typeof credentials[name] !== 'string')
      throw invalid(`${name} of the SECURITYCREDENTIALS is not a text.`)
}

async function contentOf(path: string): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new Failure(ST_ERROR_LOCAL_FILE, `lpszCertStore cannot be read: ${reason}.`, { cause })
  }
}

async function clientCertificate(store: string, credentials: SECURITYCREDENTIALS): Promise<TlsOptions> {
  const content = await contentOf(store)
  const passphrase = credentials.lpszPassword || undefined
  const text = content.toString('latin1')
  if (!text.includes('-----BEGIN ')) return { pfx: content, passphrase }
  const cert = chosen(blocks(text, 'CERTIFICATE'), credentials.lpszCertName || undefined)
  const keys = blocks(text, '[A-Z ]*PRIVATE KEY')
  const key = keys.length > 1 ? keys.find((one) => belongs(one, cert, passphrase)) : keys[0]
  if (key === undefined) throw invalid('lpszCertStore holds no private key for the certificate.')
  return { cert, key, passphrase }
}

function blocks(text: string, kind: string): readonly string[] {
  return text.match(new RegExp(`-----BEGIN ${kind}-----[\\s\\S]*?-----END ${kind}-----`, 'g')) ?? []
}

function belongs(key: string, cert: string, passphrase: string | undefined): boolean {
  try {
    return new X509Certificate(cert).checkPrivateKey(createPrivateKey({ key, passphrase }))
  } catch {
    // A key that this passphrase does not decrypt belongs to another certificate.
    return false
  }
}

/** Returns the named certificate first, then the others, which may be its issuers. */
function chosen(certificates: readonly string[], name: string | undefined): string {
  const own = name === undefined ? certificates[0] : certificates.find((pem) => isFor(pem, name))
  if (own === undefined) throw invalid(`lpszCertStore holds no certificate${name ? ` for the name '${name}'` : ''}.`)
  return [own, ...certificates.filter((pem) => pem !== own)].join('\n')
}

function isFor(pem: string, name: string): boolean {
  try {
    const { subject } = new X509Certificate(pem)
    return subject.split('\n').includes(`CN=${name}`)
  } catch (cause) {
    throw invalid(`lpszCertStore holds a certificate that cannot be read: ${String(cause)}.`)
  }
}
