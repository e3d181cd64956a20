import type { DiagnoseOptions, Diagnosis } from './doctor.js'

/**
 * Finds out, step by step, what works on the way to a server and what to change. The steps do what a transfer would do; nothing is left
 * on the server. A password goes only to a peer that greeted as FTP and, where TLS was asked for, showed a certificate that is trusted
 * (`trustAny` does not count then). Resolves also when nothing works: what goes wrong is in the result.
 *
 * @param url - As for `connect()`.
 * @param options - Those of `connect()`, and `write`, `probeProxy`, `onStep`.
 * @throws TransferError `bad-argument`, before anything is dialled; `aborted`.
 * @example
 * ```ts
 * const { usable, verdict } = await diagnose('ftpes://me@ftp.example.com', { password: 'secret' })
 * console.log(usable, verdict)
 * ```
 */
export async function diagnose(url: string, options?: DiagnoseOptions): Promise<Diagnosis> {
  const { examine } = await import('./doctor.js')
  return await examine(url, options)
}
