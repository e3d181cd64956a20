import type { Store } from '../../store.js'

/** Closes a store that nothing is wanted of any more. Never rejects. */
export async function quietClose(store: Store): Promise<void> {
  await store.close().catch(() => {})
}
