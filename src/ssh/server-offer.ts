import type { Duplex } from 'node:stream'

/** The algorithms a server offers (RFC 4253 section 7.1); where both directions are listed, those from client to server. */
export interface ServerOffer {
  readonly kex: readonly string[]
  readonly serverHostKey: readonly string[]
  readonly cipher: readonly string[]
  readonly hmac: readonly string[]
  readonly compress: readonly string[]
  /** Supports strict key exchange, against Terrapin (CVE-2023-48795; OpenSSH's PROTOCOL, section 1.10). */
  readonly strict: boolean
}

/** Identification, lines before it and the first packet must fit into this many bytes; a longer beginning is not parsed. */
const LONGEST = 64 * 1024

/** What a server sent unencrypted. */
export interface ServerOfferWatch {
  offer(): ServerOffer | undefined
  received(): Buffer
  stop(): void
}

/**
 * Reads what the server sends unencrypted, beside ssh2, which does not expose the server's lists; the error for a key exchange
 * without a common algorithm needs them. Must be called before ssh2 reads from the stream. `arrived` is called with everything so far.
 */
export function watchServerOffer(stream: Duplex, arrived: (received: Buffer) => void): ServerOfferWatch {
  let received: Buffer = Buffer.alloc(0)
  const listen = (chunk: Buffer): void => {
    received = Buffer.concat([received, chunk])
    if (received.length > LONGEST) stop()
    arrived(received)
  }
  const stop = (): void => {
    stream.off('data', listen)
  }
  stream.on('data', listen)
  return { offer: () => parseOffer(received), received: () => received, stop }
}

/** Returns a server's identification (RFC 4253 section 4.2): 'SSH-2.0-OpenSSH_9.2p1'. '' when it was not received whole. */
export function identOf(received: Uint8Array): string {
  return /^SSH-[^\r\n]*(?=[\r\n])/m.exec(Buffer.from(received).toString('latin1'))?.[0] ?? ''
}

const KEXINIT = 20

/** Parses the server's lists from everything received so far; undefined when they are incomplete. */
export function parseOffer(received: Buffer): ServerOffer | undefined {
  const packet = firstPacket(received)
  if (packet === undefined || packet[5] !== KEXINIT) return undefined
  const lists: string[][] = []
  // Length, padding length, message number and cookie precede the lists.
  for (let at = 22; lists.length < 8; ) {
    if (at + 4 > packet.length) return undefined
    const end = at + 4 + packet.readUInt32BE(at)
    if (end > packet.length) return undefined
    lists.push(
      packet
        .toString('latin1', at + 4, end)
        .split(',')
        .filter(Boolean),
    )
    at = end
  }
  const [kex = [], serverHostKey = [], cipher = [], , hmac = [], , compress = []] = lists
  const strict = kex.includes('kex-strict-s-v00@openssh.com')
  return { kex: kex.filter((name) => !isSignal(name)), serverHostKey, cipher, hmac, compress, strict }
}

/** Returns whether a name in the list is an extension signal, not an algorithm (RFC 8308, strict key exchange). */
function isSignal(name: string): boolean {
  return name.startsWith('ext-info-') || name.startsWith('kex-strict-')
}

function firstPacket(received: Buffer): Buffer | undefined {
  let start = 0
  for (;;) {
    const end = received.indexOf('\n', start)
    if (end < 0) return undefined
    const isIdentification = received.toString('latin1', start, start + 4) === 'SSH-'
    start = end + 1
    if (isIdentification) break
  }
  return received.length >= start + 6 ? received.subarray(start, start + 4 + received.readUInt32BE(start)) : undefined
}
