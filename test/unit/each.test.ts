import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachOf } from '../../src/each.js'
import type { Entry } from '../../src/store.js'

const entry = (name: string): Entry => ({ name, type: 'file' })

function pagesOf(pages: readonly (readonly string[])[], end?: () => never) {
  const state = { given: 0, closed: false }
  async function* all(): AsyncGenerator<Entry[]> {
    try {
      for (const page of pages) {
        state.given++
        yield page.map(entry)
      }
      end?.()
    } finally {
      state.closed = true
    }
  }
  return { state, entries: eachOf(all()) }
}

const nameOf = ({ value, done }: IteratorResult<Entry>): string => (done ? 'over' : value.name)

test('the entries of pages come one by one, in order, no page before it is needed', async () => {
  const { state, entries } = pagesOf([['a', 'b'], [], ['c']])
  const seen: string[] = []
  for (const expected of [1, 1, 3]) {
    seen.push(nameOf(await entries.next()))
    assert.equal(state.given, expected)
  }
  assert.deepEqual([seen, nameOf(await entries.next()), state.closed], [['a', 'b', 'c'], 'over', true])
})

test('calls that overlap are answered in their order, also while a page is awaited', async () => {
  const { entries } = pagesOf([['a', 'b'], ['c']])
  const answers = await Promise.all(Array.from({ length: 5 }, () => entries.next()))
  assert.deepEqual(answers.map(nameOf), ['a', 'b', 'c', 'over', 'over'])
})

test('who leaves early ends the listing; nothing comes afterwards', async () => {
  const { state, entries } = pagesOf([['a', 'b'], ['c']])
  for await (const { name } of entries) if (name === 'a') break
  assert.equal(state.closed, true)
  assert.equal(nameOf(await entries.next()), 'over')
})

test('a failure comes in its place', async () => {
  const { entries } = pagesOf([['a']], () => {
    throw new Error('cut')
  })
  assert.equal(nameOf(await entries.next()), 'a')
  await assert.rejects(entries.next(), /cut/)
})

test('what is at hand is handed out without a promise, and nothing else is', async () => {
  const { state, entries } = pagesOf([['a', 'b', 'c'], ['d']])
  assert.equal(entries.ready?.(), undefined)
  const [first, second] = [entries.next(), entries.next()]
  const between = first.then(() => entries.ready?.())
  assert.deepEqual([nameOf(await first), nameOf(await second)], ['a', 'b'])
  assert.equal(await between, undefined, 'a call that waits comes first')
  assert.equal(entries.ready?.()?.name, 'c')
  assert.deepEqual([entries.ready?.(), state.given], [undefined, 1])
  assert.equal(nameOf(await entries.next()), 'd')
  await entries.return?.()
  assert.equal(entries.ready?.(), undefined)
})

test('nothing is at hand once it was left in the middle of a page', async () => {
  const { entries } = pagesOf([['a', 'b']])
  await entries.next()
  await entries.return?.()
  assert.equal(entries.ready?.(), undefined)
})
