import { describe } from 'node:test'
import { cutsOf } from './cut-tree.js'
import { seedOf } from './seed.js'

const seed = seedOf(20_261_126)

describe(`40 files, their connections cut at 8 random bytes (SALLYPORT_SEED=${seed})`, () => {
  cutsOf({ files: 40, cuts: 8, seed, limit: 120_000 })
})
