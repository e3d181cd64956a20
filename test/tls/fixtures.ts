import { X509Certificate } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The compiled tests run from build/; what make-fixtures.sh made stays where it is. */
function packageRoot(from: string): string {
  return existsSync(join(from, 'package.json')) ? from : packageRoot(dirname(from))
}

const dir = join(packageRoot(dirname(fileURLToPath(import.meta.url))), 'test/tls/fixtures')

export function fixture(name: string): Buffer {
  return readFileSync(join(dir, name))
}

export const ca = fixture('ca.pem')

/** A certificate and its key; both in one file. */
export function pair(name: string): { readonly key: Buffer; readonly cert: Buffer } {
  const pem = fixture(`${name}.pem`)
  return { key: pem, cert: pem }
}

export const good = pair('good')

/** SHA-256 of the certificate, lower-case hex without colons. */
export function fingerprint(name: string): string {
  return new X509Certificate(fixture(`${name}.pem`)).fingerprint256.replaceAll(':', '').toLowerCase()
}
