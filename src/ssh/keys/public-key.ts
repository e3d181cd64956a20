import { badArgument } from '../../errors.js'
import { printable } from '../../printable.js'
import { keyType } from './known-hosts.js'

/**
 * Returns the key in a text of the form that `.pub` files have ('ssh-ed25519 AAAA… comment'), in SSH's encoding; undefined for another
 * text. Throws `bad-argument` for an OpenSSH certificate; `name` says where it is from.
 */
export function publicKeyIn(text: string, name: string): Buffer | undefined {
  const [, type = '', base64 = ''] = /^\s*((?:ssh|ecdsa|sk)-\S+)[ \t]+([A-Za-z0-9+/=]+)/.exec(text) ?? []
  if (type === '') return undefined
  if (type.includes('-cert-v0'))
    throw badArgument(
      `${printable(name, 200)} holds an OpenSSH certificate (${printable(type, 60)}), which is not supported.`,
      'Give the private key alone; the server must trust its public half (authorized_keys).',
    )
  const key = Buffer.from(base64, 'base64')
  return keyType(key) === type ? key : undefined
}
