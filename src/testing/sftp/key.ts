import type { utils } from 'ssh2'

/**
 * Generates an ed25519 key pair. ssh2 1.17 writes one in 250 of them in a form that it cannot read back; another is generated then.
 */
export function newKeys(make: Pick<typeof utils, 'generateKeyPairSync' | 'parseKey'>): {
  readonly private: string
  readonly public: string
} {
  for (;;) {
    const pair = make.generateKeyPairSync('ed25519')
    if (!(make.parseKey(pair.private) instanceof Error)) return pair
  }
}
