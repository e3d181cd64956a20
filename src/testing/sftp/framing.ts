import { Refusal, STATUS } from './refusal.js'

/** Longest request that is accepted, in bytes; OpenSSH's limit. */
const MAX_LENGTH = 256 * 1024

/** Splits the received bytes into packets, without their lengths. */
export class Framing {
  #chunks: Buffer[] = []
  #length = 0

  /** Returns the packets that are complete. Throws a Refusal for a length above the limit. */
  take(chunk: Buffer): Buffer[] {
    this.#chunks.push(chunk)
    this.#length += chunk.length
    const packets: Buffer[] = []
    for (let packet = this.#next(); packet; packet = this.#next()) packets.push(packet)
    return packets
  }

  #next(): Buffer | undefined {
    if (this.#length < 4) return undefined
    const length = this.#whole(4).readUInt32BE(0)
    if (length === 0 || length > MAX_LENGTH) throw new Refusal(STATUS.BAD, `A packet of ${length} bytes`)
    if (this.#length < 4 + length) return undefined
    const all = this.#whole(4 + length)
    this.#chunks = all.length > 4 + length ? [all.subarray(4 + length)] : []
    this.#length -= 4 + length
    return all.subarray(4, 4 + length)
  }

  /** Returns what was received, the first `length` bytes of it in one piece. */
  #whole(length: number): Buffer {
    const [first] = this.#chunks
    if (first && first.length >= length && this.#chunks.length === 1) return first
    const all = Buffer.concat(this.#chunks)
    this.#chunks = [all]
    return all
  }
}
