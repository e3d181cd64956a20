import type { Store } from '../../store.js'

/** Closes a store that is not needed any more. Never rejects. */
export async function quietClose(store: Store): Promise<void> {
  await store.close().catch(() => {})
}
