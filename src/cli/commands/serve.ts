import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { stat } from 'node:fs/promises'
import { isIP } from 'node:net'
import { resolve } from 'node:path'
import { disk, TransferError } from '../../index.js'
import { startServer, startSftpServer, type TestServer, type TestSftpServer } from '../../testing/index.js'
import { givenPassword } from '../login/secrets.js'
import type { Settings } from '../options/options.js'
import { usage } from '../options/usage.js'
import type { Terminal } from '../report/terminal.js'
import type { Context } from '../work/context.js'

interface Offer {
  readonly directory: string
  readonly user: string
  readonly password: string
  /** The password was generated and must be printed. */
  readonly generated: boolean
  readonly readOnly: boolean
}

type Running = TestServer | TestSftpServer

/** Serves a directory until it is interrupted. */
export async function run({ words, settings, terminal, signal }: Context): Promise<undefined> {
  const offer = await offerOf(words[0] ?? '.', settings)
  const server = await start(offer, settings)
  try {
    if (!isLoopback(server.host)) terminal.warn('open-to-others', `Others can reach this server${exposure(server)}.`)
    await printOffer(server, offer, terminal)
    if (!signal.aborted) await once(signal, 'abort')
  } finally {
    await server.close()
  }
  return undefined
}

async function offerOf(directory: string, { connect, secrets, serve }: Settings): Promise<Offer> {
  const found = await stat(directory).catch(() => undefined)
  if (!found?.isDirectory()) throw usage(`There is no directory ${directory}.`, 'Name one that exists.')
  const given = await givenPassword(secrets)
  if (given === '') throw usage('The password is empty.', 'An empty password would let anyone log in.')
  return {
    directory: resolve(directory),
    user: connect.user ?? 'sally',
    password: given ?? randomBytes(9).toString('base64url'),
    generated: given === undefined,
    readOnly: serve.readOnly ?? false,
  }
}

async function start({ directory, user, password, readOnly }: Offer, { serve }: Settings): Promise<Running> {
  const { host, port, sftp } = serve
  const store = disk({ root: directory })
  const options = { host, port, store, readOnly, users: { [user]: password } }
  try {
    return sftp ? await startSftpServer(options) : await startServer({ ...options, anonymous: false })
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    const hint = 'Choose another --port or --host.'
    throw new TransferError('local', `The server cannot be started: ${reason}.`, { phase: 'local', cause, hint })
  }
}

function isLoopback(host: string): boolean {
  return host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}

function exposure(server: Running): string {
  return 'fingerprint' in server ? '' : ', and FTP sends the password and the files without encryption'
}

async function printOffer(server: Running, offer: Offer, terminal: Terminal): Promise<void> {
  const { directory, user, password, generated, readOnly } = offer
  const url = server.url.replace('://', `://${encodeURIComponent(user)}@`)
  if (terminal.json) {
    const made = generated ? { password } : {}
    const key = 'fingerprint' in server ? { hostKey: server.fingerprint } : {}
    return await terminal.emit({ type: 'serving', url, user, ...made, ...key, directory, readOnly })
  }
  const lines = [`Serving ${directory}${readOnly ? ' (read only)' : ''} at ${url}`]
  if (generated) lines.push(`Password: ${password}`)
  if ('fingerprint' in server) lines.push(`Host key: ${server.fingerprint}`)
  await terminal.line([...lines, ...(terminal.quiet ? [] : howTo(server, url, offer))].join('\n'))
}

function howTo(server: Running, url: string, { user, password, generated }: Offer): string[] {
  const [set, flag] = generated ? [`SALLY_PASSWORD=${password} `, '--password-env SALLY_PASSWORD '] : ['', '']
  const trust = 'fingerprint' in server ? `--host-key ${server.fingerprint} ` : ''
  const other =
    'fingerprint' in server
      ? `  sftp -P ${server.port} ${user}@${server.host}`
      : `  curl --user '${generated ? `${user}:${password}` : user}' -O ${server.url}/FILE`
  return [
    '',
    'From another terminal:',
    `  ${set}sallyport ls ${trust}${flag}${url}/`,
    `  ${set}sallyport get ${trust}${flag}${url}/FILE`,
    other,
    '',
    'Ctrl-C ends it.',
  ]
}
