import { Refusal, STATUS } from './refusal.js'

/** Bytes of one request at most, as in OpenSSH. */
const LONGEST = 256 * 1024

/** Cuts what a client sends into packets, without their lengths. */
export class Framing {
  #chunks: Buffer[] = []
  #length = 0

  /** The packets that are whole now. Throws a Refusal for a length that no client needs. */
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
    if (length === 0 || length > LONGEST) throw new Refusal(STATUS.BAD, `A packet of ${length} bytes`)
    if (this.#length < 4 + length) return undefined
    const all = this.#whole(4 + length)
    this.#chunks = all.length > 4 + length ? [all.subarray(4 + length)] : []
    this.#length -= 4 + length
    return all.subarray(4, 4 + length)
  }

  /** What has come, the first `length` bytes of it in one piece. */
  #whole(length: number): Buffer {
    const [first] = this.#chunks
    if (first && first.length >= length && this.#chunks.length === 1) return first
    const all = Buffer.concat(this.#chunks)
    this.#chunks = [all]
    return all
  }
}
