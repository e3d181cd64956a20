import assert from 'node:assert/strict'
import { test } from 'node:test'
import { utf8 } from '../../../src/ftp/control/charset.js'
import { openListing } from '../../../src/ftp/listing/listing.js'
import type { Entry } from '../../../src/store.js'
import { type Expected, type ListingCase, listingCases } from './corpus/listing-cases.js'
import { cuts, random } from './corpus/random.js'

const now = new Date('2026-11-30T21:00:00Z')

function read({ kind }: ListingCase, pieces: readonly Uint8Array[]): Entry[] {
  const listing = openListing(kind ?? 'list', { charset: utf8, now })
  return [...pieces.flatMap((piece) => listing.push(piece)), ...listing.end()]
}

function agrees(entry: Entry | undefined, { report, name, type, size, time }: Expected): void {
  assert.ok(entry, `nothing came for ${name ?? report}`)
  if (report !== undefined || type === 'unreadable') {
    assert.equal(entry.type, 'unreadable')
    return
  }
  assert.ok([name].flat().includes(entry.name), `${JSON.stringify(entry.name)} for ${name}`)
  assert.equal(entry.type, type, entry.name)
  if (size !== undefined) assert.equal(entry.size ?? null, size, entry.name)
  if (time !== undefined) assert.equal(entry.modified?.getTime() ?? null, time && Date.parse(time), entry.name)
}

const next = random(3)
for (const one of listingCases)
  test(`each line of ${one.id} is what it says`, () => {
    const bytes = Buffer.from(one.text)
    const wanted = one.expect.filter(({ skip }) => skip === undefined)
    const perByte = [...bytes].map((byte) => Uint8Array.of(byte))
    for (const pieces of [[bytes], cuts(bytes, next), perByte]) {
      const entries = read(one, pieces)
      wanted.forEach((expected, index) => {
        agrees(entries[index], expected)
      })
      assert.equal(entries.length, wanted.length)
    }
  })
