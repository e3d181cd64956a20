import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { join } from '../../src/path.js'
import type { Store } from '../../src/store.js'
import { abilityChecks } from './abilities.js'
import { fileChecks } from './files.js'
import { nameChecks } from './names.js'
import type { Check, Room } from './room.js'
import { treeChecks } from './trees.js'

/** The behaviour of every Store, one named test each. */
const CHECKS: Readonly<Record<string, Check>> = { ...fileChecks, ...treeChecks, ...nameChecks, ...abilityChecks }

export interface Opened {
  readonly store: Store
  /** An absolute directory, made empty by the opener. */
  readonly root: string
  close(): Promise<void>
}

export interface Expectations {
  /** Checks this store cannot pass, by name, with the reason. A check named here that passes is a failure too. */
  readonly exceptions?: Readonly<Record<string, string>>
  /** Why the whole suite cannot run here. */
  readonly skip?: string | false
}

/** Registers the tests that any Store must pass. One call at a time is made on the store. */
export function conformance(name: string, open: () => Promise<Opened>, expect: Expectations = {}): void {
  const exceptions = expect.exceptions ?? {}
  for (const known of Object.keys(exceptions)) {
    if (!(known in CHECKS)) throw new Error(`${name}: there is no check named ${JSON.stringify(known)}`)
  }
  describe(`store: ${name}`, { skip: expect.skip }, () => {
    let opened: Opened | undefined
    before(async () => {
      opened = await open()
    })
    after(async () => {
      await opened?.close()
    })
    for (const [index, [title, check]] of Object.entries(CHECKS).entries()) {
      const reason = exceptions[title]
      it(reason === undefined ? title : `${title} (exception: ${reason})`, { timeout: 30_000 }, async (test) => {
        assert.ok(opened)
        const room = await roomIn(opened, index, (text) => test.diagnostic(`${name}: ${title}: ${text}`))
        if (reason === undefined) return check(room)
        room.note(`exception: ${reason}`)
        await assert.rejects(check(room), Error, 'this exception is no longer needed')
      })
    }
  })
}

async function roomIn(opened: Opened, index: number, note: (text: string) => void): Promise<Room> {
  const dir = join(opened.root, `check-${index}`)
  await opened.store.makeDir(dir)
  return { store: opened.store, dir, note, at: (name) => join(dir, name) }
}
