import { describe } from 'node:test'
import { cancelCourses } from './cancel-courses.js'
import { newSeed, seedOf, timesOf } from './seed.js'

const seed = seedOf(newSeed())
const times = timesOf(500)

describe(`cancelled at ${times} random moments, the next call is right (SALLYPORT_SEED=${seed})`, () => {
  cancelCourses({ times, seed, limit: 900_000 })
})
