import type { Duplex } from 'node:stream'

/** The algorithms a server offers (RFC 4253 section 7.1), its own direction left out where both are listed. */
export interface ServerOffer {
  readonly kex: readonly string[]
  readonly serverHostKey: readonly string[]
  readonly cipher: readonly string[]
  readonly hmac: readonly string[]
  readonly compress: readonly string[]
  /** It takes part in strict key exchange, the answer to Terrapin (CVE-2023-48795; OpenSSH's PROTOCOL, section 1.10). */
  readonly strict: boolean
}

/** Identification, lines before it and the first packet fit into this many bytes; whatever is longer is not looked at. */
const LONGEST = 64 * 1024

/**
 * Listens to what the server says in the clear, beside ssh2, which keeps its lists to itself; the error for a key exchange that
 * cannot be needs them. To be called while the stream is paused.
 */
export function overhear(stream: Duplex): { offer(): ServerOffer | undefined; stop(): void } {
  let heard: Buffer = Buffer.alloc(0)
  const listen = (chunk: Buffer): void => {
    heard = Buffer.concat([heard, chunk])
    if (heard.length > LONGEST) stop()
  }
  const stop = (): void => {
    stream.off('data', listen)
  }
  stream.on('data', listen)
  return { offer: () => parseOffer(heard), stop }
}

/** How a server identifies itself (RFC 4253 section 4.2): 'SSH-2.0-OpenSSH_9.2p1'. '' when that has not come whole. */
export function identOf(said: Uint8Array): string {
  return /^SSH-[^\r\n]*(?=[\r\n])/m.exec(Buffer.from(said).toString('latin1'))?.[0] ?? ''
}

const KEXINIT = 20

/** The server's lists from everything it has said so far; undefined when they are not there. */
export function parseOffer(heard: Buffer): ServerOffer | undefined {
  const packet = firstPacket(heard)
  if (packet === undefined || packet[5] !== KEXINIT) return undefined
  const lists: string[][] = []
  // Length, padding length, message number and cookie stand before the lists.
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

/** Names in the list that say something else than an algorithm (RFC 8308, strict key exchange). */
function isSignal(name: string): boolean {
  return name.startsWith('ext-info-') || name.startsWith('kex-strict-')
}

function firstPacket(heard: Buffer): Buffer | undefined {
  let start = 0
  for (;;) {
    const end = heard.indexOf('\n', start)
    if (end < 0) return undefined
    const isIdentification = heard.toString('latin1', start, start + 4) === 'SSH-'
    start = end + 1
    if (isIdentification) break
  }
  return heard.length >= start + 6 ? heard.subarray(start, start + 4 + heard.readUInt32BE(start)) : undefined
}
