import type { FTPTRANSFERSTATUS } from '../constants/structures.js'

const IDLE: FTPTRANSFERSTATUS = {
  dwBytesTotal: 0,
  dwBytesCopied: 0,
  dwBytesPerSecond: 0,
  dwTimeElapsed: 0,
  dwTimeEstimated: 0,
  szLocalFile: '',
  szRemoteFile: '',
}

/** The progress of a transfer. All zero before the first one; the last successful one is kept. */
export class Progress {
  readonly #local: string
  readonly #remote: string
  readonly #began: number
  #ended: number | undefined
  #copied = 0
  #total = 0

  constructor(local: string, remote: string) {
    this.#local = local
    this.#remote = remote
    this.#began = performance.now()
  }

  at(copied: number, total = this.#total): void {
    this.#copied = copied
    this.#total = total
  }

  end(): void {
    this.#ended = performance.now()
    this.#total = Math.max(this.#total, this.#copied)
  }

  add(bytes: number): void {
    this.#copied += bytes
  }

  /** Returns the status, times in seconds or in milliseconds. */
  status(hires: boolean): FTPTRANSFERSTATUS {
    const elapsed = (this.#ended ?? performance.now()) - this.#began
    const perMs = elapsed > 0 ? this.#copied / elapsed : 0
    const left = this.#ended === undefined && perMs > 0 ? Math.max(0, this.#total - this.#copied) / perMs : 0
    const unit = hires ? 1 : 1000
    return {
      dwBytesTotal: this.#total,
      dwBytesCopied: this.#copied,
      dwBytesPerSecond: Math.round(perMs * 1000),
      dwTimeElapsed: Math.floor(elapsed / unit),
      dwTimeEstimated: Math.ceil(left / unit),
      szLocalFile: this.#local,
      szRemoteFile: this.#remote,
    }
  }
}

export function statusOf(progress: Progress | undefined, hires: boolean): FTPTRANSFERSTATUS {
  return progress?.status(hires) ?? IDLE
}
