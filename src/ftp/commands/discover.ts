import type { CallOptions } from '../../store.js'
import type { Reply } from '../control/command-channel.js'
import type { ControlConnection } from '../control/control-connection.js'
import { type Features, parseFeat, withQuirks } from './features.js'
import { quirksOf } from './quirks.js'
import { quotedPath } from './quoted-path.js'

/** What a session knows of its server when it is logged in. */
export interface Learned {
  readonly features: Features
  /** The login directory, where it was asked for. */
  readonly home?: string
  /** TYPE I holds. */
  readonly binary: boolean
}

export interface LearnOptions extends CallOptions {
  /** 'auto': sends OPTS UTF8 ON (RFC 2640) when the server supports UTF8. */
  readonly encoding: string
  /** The greeting behind an FTP proxy is the proxy's. */
  readonly throughProxy: boolean
  /** The server takes pipelined commands. */
  readonly together: boolean
}

/**
 * FEAT (RFC 2389), asked after the login: before it a proxy answers for itself. OPTS UTF8 only to those who list UTF8. A server that
 * takes pipelined commands is asked everything at once, the login directory and TYPE I included.
 */
export async function learn(control: ControlConnection, options: LearnOptions): Promise<Learned> {
  const { encoding, throughProxy, together, signal } = options
  const greeting = throughProxy ? '' : (control.greeting?.text ?? '')
  if (together) return await askTogether(control, greeting, options)
  const features = featuresOf(await control.ask('FEAT', { signal }), greeting)
  if (encoding === 'auto' && features.utf8) await control.ask('OPTS UTF8 ON', { signal })
  return { features, binary: false }
}

async function askTogether(
  control: ControlConnection,
  greeting: string,
  { encoding, signal }: LearnOptions,
): Promise<Learned> {
  const asked = control.together(() => ({
    feat: control.start('FEAT'),
    // Refused by a server that does not list UTF8, which changes nothing.
    utf8: encoding === 'auto' ? control.start('OPTS UTF8 ON') : undefined,
    type: control.start('TYPE I'),
    home: control.start('PWD'),
  }))
  const features = featuresOf(await control.answer(asked.feat, { signal }), greeting)
  if (asked.utf8) await control.answer(asked.utf8, { signal })
  const type = await control.answer(asked.type, { signal })
  const home = await control.answer(asked.home, { signal })
  return { features, binary: type.code < 300, home: home.code === 257 ? quotedPath(home.text) : undefined }
}

function featuresOf(reply: Reply, greeting: string): Features {
  const listed = parseFeat(reply)
  return withQuirks(listed, quirksOf(greeting, listed.lists))
}
