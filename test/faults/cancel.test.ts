import { describe } from 'node:test'
import { cancelCourses } from './cancel-courses.js'
import { seedOf } from './seed.js'

const seed = seedOf(20_261_126)

describe(`cancelled at 20 random moments, the next call is right (SALLYPORT_SEED=${seed})`, () => {
  cancelCourses({ times: 20, seed, limit: 120_000 })
})
