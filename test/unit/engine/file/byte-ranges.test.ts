import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  covers,
  holesIn,
  joined,
  PartQueue,
  partsOf,
  prefixOf,
  type Span,
  sumOf,
} from '../../../../src/engine/file/byte-ranges.js'
import { settle } from '../fakes.js'

const spansOf = (size: number, landed: readonly Span[], count: number, smallest = 1) =>
  partsOf(size, landed, { count, smallest }).map(({ from, to }) => [from, to])

test('spans that touch or overlap become one, in order, and empty ones go', () => {
  assert.deepEqual(
    joined([
      [8, 9],
      [3, 3],
      [0, 2],
      [2, 5],
      [4, 6],
    ]),
    [
      [0, 6],
      [8, 9],
    ],
  )
})

test('what has not landed is a hole, at the ends too', () => {
  assert.deepEqual(holesIn([], 10), [[0, 10]])
  assert.deepEqual(holesIn([[0, 10]], 10), [])
  assert.deepEqual(
    holesIn(
      [
        [6, 8],
        [2, 4],
      ],
      10,
    ),
    [
      [0, 2],
      [4, 6],
      [8, 10],
    ],
  )
  assert.deepEqual(holesIn([], 0), [])
})

test('sums and beginnings count each byte once', () => {
  const spans: Span[] = [
    [0, 4],
    [2, 6],
    [8, 9],
  ]
  assert.deepEqual([sumOf(spans), prefixOf(spans), prefixOf([[1, 5]]), prefixOf([])], [7, 6, 0, 0])
  assert.deepEqual([covers(spans, [1, 6]), covers(spans, [5, 8]), covers([], [3, 3])], [true, false, true])
})

test('a file is cut into parts of one size, none below the smallest', () => {
  assert.deepEqual(spansOf(100, [], 4), [
    [0, 25],
    [25, 50],
    [50, 75],
    [75, 100],
  ])
  assert.deepEqual(spansOf(100, [], 4, 30), [
    [0, 33],
    [33, 66],
    [66, 100],
  ])
  assert.deepEqual(spansOf(59, [], 4, 30), [[0, 59]])
  assert.deepEqual(spansOf(7, [], 3), [
    [0, 2],
    [2, 4],
    [4, 7],
  ])
  assert.deepEqual(spansOf(0, [], 4), [])
})

test('what is missing after a failure is cut anew, the largest hole first; more holes than asked for stay', () => {
  assert.deepEqual(spansOf(100, [[40, 90]], 3), [
    [0, 20],
    [20, 40],
    [90, 100],
  ])
  assert.deepEqual(spansOf(100, [[60, 90]], 4, 10), [
    [0, 20],
    [20, 40],
    [40, 60],
    [90, 100],
  ])
  const landed: Span[] = [
    [10, 20],
    [30, 40],
  ]
  assert.deepEqual(spansOf(50, landed, 2), [
    [0, 10],
    [20, 30],
    [40, 50],
  ])
})

test('a part that is given back goes to whoever waits; nobody waits for parts that have landed', async () => {
  const queue = new PartQueue(partsOf(10, [], { count: 2, smallest: 1 }))
  const [one, two] = [queue.take(), queue.take()]
  assert.ok(one && two)
  assert.equal(queue.take(), undefined)
  let answer: boolean | undefined
  const waiting = queue.some().then((some) => {
    answer = some
  })
  queue.end()
  await settle()
  assert.equal(answer, undefined)
  queue.giveBack(two)
  await waiting
  assert.deepEqual([answer, queue.empty], [true, false])
  assert.equal(queue.take(), two)
  queue.end()
  assert.deepEqual([await queue.some(), queue.empty], [false, true])
})
