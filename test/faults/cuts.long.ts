import { describe } from 'node:test'
import { cutsOf } from './cut-tree.js'
import { newSeed, seedOf, timesOf } from './seed.js'

const seed = seedOf(newSeed())
const cuts = timesOf(200)

describe(`500 files, their connections cut at ${cuts} random bytes (SALLYPORT_SEED=${seed})`, () => {
  cutsOf({ files: 500, cuts, seed, limit: 900_000 })
})
