import { badArgument } from '../../errors.js'
import { readValue } from '../../option-checks.js'
import { slabOf } from '../../slab.js'
import { type ByteSink, type ByteSource, isReceipt } from '../../store.js'
import { content } from './calls.js'
import type { Borrowed } from './connection.js'
import { FileReader } from './file-reader.js'
import type { RemoteFile } from './remote-file.js'

/** A source that gives its session back when it is over. */
export function holdSource(source: ByteSource, borrowed: Borrowed): ByteSource {
  return {
    async next() {
      try {
        const next = await source.next()
        if (isReceipt(next)) borrowed.release()
        return next
      } catch (error) {
        borrowed.release()
        throw error
      }
    },
    async cancel(reason) {
      await source.cancel(reason).finally(() => borrowed.release())
    },
  }
}

/** A sink that gives its session back when it is over. */
export function holdSink(sink: ByteSink, borrowed: Borrowed): ByteSink {
  return {
    get landed() {
      return sink.landed
    },
    write: (slab) => sink.write(slab),
    finish: () => sink.finish().finally(() => borrowed.release()),
    abort: (reason) => sink.abort(reason).finally(() => borrowed.release()),
  }
}

/** A RemoteFile over whichever direction is open. */
export function openFile(side: { source: ByteSource } | { sink: ByteSink }): RemoteFile {
  return 'source' in side ? reading(side.source) : writing(side.sink)
}

function reading(source: ByteSource): RemoteFile {
  const reader = new FileReader(source)
  return {
    read: (n) => reader.read(n),
    write: () => Promise.reject(badArgument('This file was opened for reading.', "Open it with mode 'w' or 'a'.")),
    close: () => reader.close(),
    cancel: () => reader.close(),
  }
}

function writing(sink: ByteSink): RemoteFile {
  let over = false
  return {
    read: () => Promise.reject(badArgument('This file was opened for writing.', "Open it with mode 'r'.")),
    async write(bytes) {
      readValue(content, bytes, "argument 'bytes' of write()")
      await sink.write(slabOf([typeof bytes === 'string' ? Buffer.from(bytes, 'utf8') : Buffer.from(bytes)]))
    },
    async close() {
      if (!over) await sink.finish()
      over = true
    },
    async cancel() {
      if (!over) await sink.abort()
      over = true
    },
  }
}
