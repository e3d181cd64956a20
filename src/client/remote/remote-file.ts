/**
 * A file that is read or written in pieces, from `remote.open()`. It holds one session until `close()` or `cancel()`.
 *
 * @example
 * ```ts
 * const file = await remote.open('/out/big.bin', 'r', { from: 1_000_000 })
 * console.log(await file.read(16))
 * await file.cancel()
 * ```
 */
export interface RemoteFile {
  /**
   * Resolves with the next `n` bytes; with fewer only at the end of the file, and with an empty buffer after it.
   *
   * @param n - Bytes, 1 or more.
   * @throws TransferError `truncated`, `data-connection`, `timeout` or `session-lost` when the transfer fails; `bad-argument` for a
   * file that was opened to write.
   */
  read(n: number): Promise<Buffer>
  /**
   * Writes bytes, or text as UTF-8.
   *
   * @throws TransferError `disk-full`, `data-connection`, `timeout` or `session-lost` when the transfer fails; `bad-argument` for a
   * file that was opened to read.
   */
  write(bytes: Uint8Array | string): Promise<void>
  /**
   * Ends the file and releases its session. For writing, resolves when the server has confirmed the file. With `verify` a file that was
   * written, or read to its end, is compared then.
   *
   * @throws TransferError `mismatch` with `verify`; what the server refuses; `unconfirmed` when its final reply does not come.
   */
  close(): Promise<void>
  /** Stops early and releases the session. What was written stays under the file's name. */
  cancel(): Promise<void>
}
