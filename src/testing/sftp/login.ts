import { timingSafeEqual } from 'node:crypto'
import type { Socket } from 'node:net'
import type { AuthContext, Connection, KeyboardAuthContext, ParsedKey, PublicKeyAuthContext } from 'ssh2'
import { badArgument } from '../../errors.js'
import { newKeys } from './key.js'

/** The accepted users and keys, and the server's host key. */
export interface CredentialOptions {
  readonly users?: Readonly<Record<string, string>>
  readonly keys?: readonly string[]
  readonly hostKey?: string
}

export interface Authenticator {
  readonly keyType: string
  /** The host key in SSH encoding. */
  readonly publicKey: Buffer
  /** Login attempts as 'USER METHOD', in order. */
  readonly tried: readonly string[]
  /** Starts SSH on a socket; `onConnection` receives the connection once the client has identified itself. */
  open(socket: Socket, onConnection: (connection: Connection) => void): void
}

/** OpenSSH's MaxAuthTries. */
const MAX_TRIES = 6
const METHODS: ('publickey' | 'password' | 'keyboard-interactive')[] = ['publickey', 'keyboard-interactive', 'password']
const MAX_KEPT = 10_000

/** Loads ssh2 and generates a host key where none is given. */
export async function createAuthenticator(options: CredentialOptions): Promise<Authenticator> {
  const { Server, utils } = (await import('ssh2')).default
  const parse = (text: string, what: string): ParsedKey => {
    const parsed: ParsedKey | readonly ParsedKey[] | Error = utils.parseKey(text)
    const first = Array.isArray(parsed) ? parsed[0] : parsed
    if (first !== undefined && !(first instanceof Error)) return first
    throw badArgument(`The ${what} cannot be read: ${first?.message ?? 'there is none in it'}.`)
  }
  const hostKey = options.hostKey ?? newKeys(utils).private
  const shown = parse(hostKey, 'host key')
  const users = new Map(Object.entries(options.users ?? { demo: 'demo' }))
  const keys = (options.keys ?? []).map((key) => parse(key, 'public key'))
  const tried: string[] = []
  return {
    keyType: shown.type,
    publicKey: shown.getPublicSSH(),
    tried,
    open(socket, onConnection) {
      const server = new Server({ hostKeys: [hostKey], ident: 'Sallyport' }, (connection) => {
        let tries = 0
        connection.on('authentication', (context) => {
          if (tried.length < MAX_KEPT) tried.push(`${context.username} ${context.method}`)
          if (context.method !== 'none' && ++tries > MAX_TRIES) return void connection.end()
          authenticate(context, users, keys)
        })
        onConnection(connection)
      })
      server.injectSocket(socket)
    },
  }
}

function authenticate(context: AuthContext, users: ReadonlyMap<string, string>, keys: readonly ParsedKey[]): void {
  const password = users.get(context.username)
  if (context.method === 'keyboard-interactive') ask(context, password)
  else if (context.method === 'publickey' && password !== undefined && isOneOf(keys, context)) context.accept()
  else if (context.method === 'password' && isSame(context.password, password)) context.accept()
  else context.reject(METHODS)
}

function ask(context: KeyboardAuthContext, password: string | undefined): void {
  context.prompt([{ prompt: 'Password: ', echo: false }], ([answer = '']) => {
    if (isSame(answer, password)) context.accept()
    else context.reject(METHODS)
  })
}

/** Returns whether the key is accepted. A request without a signature only asks whether the key would be. */
function isOneOf(keys: readonly ParsedKey[], { key, signature, blob, hashAlgo }: PublicKeyAuthContext): boolean {
  const known = keys.find((one) => one.getPublicSSH().equals(key.data))
  if (!known) return false
  return !signature || !blob || known.verify(blob, signature, hashAlgo) === true
}

function isSame(given: string, wanted: string | undefined): boolean {
  if (wanted === undefined) return false
  const [left, right] = [Buffer.from(given), Buffer.from(wanted)]
  return left.length === right.length && timingSafeEqual(left, right)
}
