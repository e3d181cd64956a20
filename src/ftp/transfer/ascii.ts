import { EOL } from 'node:os'
import { type Slab, slabOf } from '../../slab.js'

const CR = 13
const LF = 10

/** Rewrites one slab after the other; `end` gives what was held back. The slabs handed in are released. */
export interface TextFilter {
  next(slab: Slab): Slab
  end(): Slab | undefined
}

/** TYPE A towards the server: every line ends with CRLF (RFC 959 section 3.1.1.1). A CRLF that is there already stays. */
export function toNetwork(): TextFilter {
  let before = 0
  return {
    next(slab) {
      const chunks = slab.chunks.map((chunk) => {
        const out = insertReturns(chunk, before)
        before = chunk.at(-1) ?? before
        return out
      })
      slab.release()
      return slabOf(chunks)
    },
    end: () => undefined,
  }
}

/** TYPE A from the server: CRLF becomes this system's line end. A bare LF counts as a line end too (vsftpd sends it so). */
export function fromNetwork(lineEnd: string = EOL): TextFilter {
  let heldReturn = false
  const finish = lineEnd === '\r\n' ? toNetwork() : undefined
  return {
    next(slab) {
      const chunks = slab.chunks.map((chunk) => {
        const out = dropReturns(chunk, heldReturn)
        heldReturn = chunk.length > 0 ? chunk.at(-1) === CR : heldReturn
        return out
      })
      slab.release()
      const plain = slabOf(chunks)
      return finish ? finish.next(plain) : plain
    },
    end: () => (heldReturn ? slabOf([Uint8Array.of(CR)]) : undefined),
  }
}

function insertReturns(chunk: Uint8Array, before: number): Uint8Array {
  const out = Buffer.allocUnsafe(chunk.length * 2)
  let at = 0
  let last = before
  for (const byte of chunk) {
    if (byte === LF && last !== CR) out[at++] = CR
    out[at++] = byte
    last = byte
  }
  return out.subarray(0, at)
}

/** Removes each CR before an LF; one at the very end is held back, since its LF may follow in the next chunk. */
function dropReturns(chunk: Uint8Array, heldReturn: boolean): Uint8Array {
  const out = Buffer.allocUnsafe(chunk.length + 1)
  let at = 0
  let held = heldReturn
  for (const byte of chunk) {
    if (held && byte !== LF) out[at++] = CR
    held = byte === CR
    if (!held) out[at++] = byte
  }
  return out.subarray(0, at)
}
