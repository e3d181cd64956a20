import type { Store } from '../../src/store.js'

/** A fresh, empty directory on a store, and a way to print what the store leaves open. */
export interface Room {
  readonly store: Store
  readonly dir: string
  /** The path of a name in the directory. */
  at(name: string): string
  note(text: string): void
}
export type Check = (room: Room) => Promise<void>
