import { badArgument, TransferError } from '../../errors.js'
import type { Store } from '../../store.js'
import { CONNECT } from './connect-table.js'
import type { ConnectOptions } from './options.js'

export const NOTHING: Store['can'] = {
  ranges: false,
  resume: false,
  lookAhead: false,
  checksums: [],
  times: false,
  modes: false,
  links: false,
  stat: false,
}

const WHY = {
  ftp: 'is of FTP: SFTP is one SSH connection, always encrypted and logged in.',
  sftp: 'is of SSH: only sftp:// has a use for it.',
}

/** Refuses options of another protocol: ignored, they would leave the caller with less than was asked for. */
export function refuseForeign(scheme: string, options: ConnectOptions): void {
  const protocol = scheme === 'sftp' ? 'sftp' : 'ftp'
  for (const name of Object.keys(options) as (keyof ConnectOptions)[]) {
    const { only = protocol } = CONNECT[name]
    if (only === protocol) continue
    throw badArgument(`The option ${name} cannot be used with ${scheme}://: it ${WHY[only]}`, 'Leave it out.')
  }
}

/** An optional method of a store, bound to it; `not-supported` when the store has none. */
export function required<K extends 'setTimes' | 'setMode' | 'checksum' | 'space' | 'link' | 'asText' | 'asPacked'>(
  store: Store,
  method: K,
  what: string,
): NonNullable<Store[K]> {
  const found = store[method]
  if (!found) throw new TransferError('not-supported', `${store.describe} cannot ${what}.`, { phase: 'command' })
  return found.bind(store) as NonNullable<Store[K]>
}
