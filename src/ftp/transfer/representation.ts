import type { SessionParts } from './session-context.js'

/** How the bytes of a file go over: as they are, with the network's line ends (TYPE A), or as a deflate stream (MODE Z). */
export interface Form {
  readonly text?: boolean
  readonly packed?: boolean
}

/** The session is in that form already, and files go over as they are. */
export function isAsItIs({ commands }: SessionParts, { text, packed }: Form): boolean {
  return !text && !packed && commands.isPlain
}

/**
 * Sets TYPE and MODE of the session, for a download or an upload. Resolves with whether MODE Z is set: where it is not supported, the
 * file is transferred as it is, with a warning.
 */
export async function formed(
  { commands, observe, describe }: SessionParts,
  { text, packed }: Form,
  { sends = false, signal }: { readonly sends?: boolean; readonly signal?: AbortSignal },
): Promise<boolean> {
  await commands.type(text ? 'A' : 'I', { signal })
  await commands.fileStructure({ signal })
  const damages = sends && commands.features.quirks.damagesDeflated === true
  if (packed && !damages && (await commands.deflateMode({ signal }))) return true
  await commands.streamMode({ signal })
  if (!packed) return false
  const why = damages ? 'damages what it is sent compressed' : 'does not compress what it transfers'
  observe({ type: 'warning', code: 'no-compression', message: `${describe} ${why} (MODE Z): it goes over as it is.` })
  return false
}
