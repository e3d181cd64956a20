// note-warnings.mjs: loaded with `--import` into every process and worker thread of a test run. Each warning of Node's goes as one
// line of JSON into the file that SALLYPORT_WARNINGS names; scripts/test.mjs reads it when the run is over.
import { appendFileSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'

const file = process.env.SALLYPORT_WARNINGS
if (file)
  process.on('warning', ({ name, message, stack }) => {
    const where = `${process.argv.slice(1, 4).join(' ')}${isMainThread ? '' : ' (worker thread)'}`
    appendFileSync(file, `${JSON.stringify({ name, message, stack, where })}\n`)
  })
