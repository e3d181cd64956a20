import { pacedSink, pacedSource } from '../../engine/flow/rate-limit.js'
import type { ByteSink, ByteSource, CallOptions, Range, Store, WriteAt } from '../../store.js'
import { required } from '../options/checks.js'
import type { Borrowed, Connection } from './connection.js'
import { holdSink, holdSource } from './open-file.js'

export interface TextChoice {
  readonly type?: 'binary' | 'ascii'
}

/** A source that holds its session until it is over. */
export async function sourceOn(
  connection: Connection,
  path: string,
  { from, to, type, ...options }: CallOptions & Range & TextChoice,
): Promise<ByteSource> {
  const signal = connection.signal(options.signal)
  const borrowed = await connection.borrow({ signal, kind: 'stream' })
  const range = from === undefined && to === undefined ? undefined : { from, to }
  return await heldBy(borrowed, async () => {
    const source = await view(borrowed.store, type ?? connection.type).read(path, { signal, range })
    return holdSource(pacedSource(source, connection.limiter, signal), borrowed)
  })
}

/** A sink that holds its session until it is over. */
export async function sinkOn(
  connection: Connection,
  path: string,
  { type, at, ...options }: CallOptions & TextChoice & { at: WriteAt },
): Promise<ByteSink> {
  const signal = connection.signal(options.signal)
  const borrowed = await connection.borrow({ signal, kind: 'stream' })
  return await heldBy(borrowed, async () => {
    const sink = await view(borrowed.store, type ?? connection.type).write(path, { signal, at })
    return holdSink(pacedSink(sink, connection.limiter, signal), borrowed)
  })
}

function view(store: Store, type: 'binary' | 'ascii'): Store {
  return type === 'ascii' ? required(store, 'asText', 'convert line ends')() : store
}

async function heldBy<T>(borrowed: Borrowed, open: () => Promise<T>): Promise<T> {
  try {
    return await open()
  } catch (error) {
    borrowed.release()
    throw error
  }
}
