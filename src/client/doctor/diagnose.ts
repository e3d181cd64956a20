import type { DiagnoseOptions, Diagnosis } from './doctor.js'

/**
 * Finds out, step by step, what works on the way to a server and what to change. `url` and `options` are those of connect(). The
 * steps use what a transfer would use; nothing is left on the server. A password goes only to a peer that greeted as FTP and, where
 * TLS was asked for, showed a certificate that is trusted (`trustAny` does not count). What goes wrong is in the answer; thrown are
 * only `bad-argument`, before anything is dialled, and `aborted`.
 */
export async function diagnose(url: string, options?: DiagnoseOptions): Promise<Diagnosis> {
  const { examine } = await import('./doctor.js')
  return await examine(url, options)
}
