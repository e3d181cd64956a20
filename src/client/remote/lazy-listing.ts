import type { Entry } from '../../store.js'
import type { Connection } from './connection.js'

const OVER = { done: true, value: undefined } as const

/** Entries of what `open` answers, which is called when the first of them is asked for. */
export function listing(open: () => Promise<AsyncIterableIterator<Entry>>): AsyncIterableIterator<Entry> {
  let opening: Promise<AsyncIterableIterator<Entry>> | undefined
  let entries: AsyncIterableIterator<Entry> | undefined
  let over = false
  const first = async (): Promise<IteratorResult<Entry>> => {
    if (over) return OVER
    opening ??= open()
    try {
      entries = await opening
    } catch (error) {
      // Like a generator: after a failure it is done, and rejects once.
      if (over) return OVER
      over = true
      throw error
    }
    return await entries.next()
  }
  return {
    [Symbol.asyncIterator]() {
      return this
    },
    next: () => (entries ? entries.next() : first()),
    async return() {
      over = true
      const opened = entries ?? (await opening?.catch(() => undefined))
      return (await opened?.return?.()) ?? OVER
    },
  }
}

/** Entries of a directory, by a session that is given back as soon as another call waits for it: what is left is buffered then. */
export async function listOn(
  connection: Connection,
  path: string,
  signal: AbortSignal | undefined,
): Promise<AsyncIterableIterator<Entry>> {
  let tell = (): void => {}
  const wanted = new Promise<void>((yes) => {
    tell = yes
  })
  const { store, release } = await connection.borrow({ signal, kind: 'list', wanted: tell })
  const { bufferListing } = await import('../../engine/listing/buffered-listing.js')
  return bufferListing(store.list(path, { signal }), { wanted, release })
}
