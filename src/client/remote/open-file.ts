import { badArgument } from '../../errors.js'
import { readValue } from '../../option-checks.js'
import { slabOf } from '../../slab.js'
import type { ByteSink, ByteSource } from '../../store.js'
import { content } from './calls.js'
import { FileReader } from './file-reader.js'
import type { RemoteFile } from './remote-file.js'

/** A RemoteFile over whichever direction is open. */
export function openFile(side: { source: ByteSource; verifies?: boolean } | { sink: ByteSink }): RemoteFile {
  return 'source' in side ? reading(side.source, side.verifies) : writing(side.sink)
}

function reading(source: ByteSource, verifies?: boolean): RemoteFile {
  const reader = new FileReader(source, verifies)
  return {
    read: (n) => reader.read(n),
    write: () => Promise.reject(badArgument('This file was opened for reading.', "Open it with mode 'w' or 'a'.")),
    close: () => reader.close(),
    cancel: () => reader.cancel(),
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
