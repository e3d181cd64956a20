import { timingSafeEqual } from 'node:crypto'
import type { Socket } from 'node:net'
import type { AuthContext, Connection, KeyboardAuthContext, ParsedKey, PublicKeyAuthContext } from 'ssh2'
import { badArgument } from '../../errors.js'
import { newKeys } from './key.js'

/** Who is let in, and the key that the server shows. */
export interface DoorOptions {
  readonly users?: Readonly<Record<string, string>>
  readonly keys?: readonly string[]
  readonly hostKey?: string
}

export interface Doorkeeper {
  readonly keyType: string
  /** The host key in SSH's own encoding. */
  readonly publicKey: Buffer
  /** 'USER METHOD', in order. */
  readonly tried: readonly string[]
  /** Speaks SSH on a socket; `welcome` gets the connection once the client has introduced itself. */
  open(socket: Socket, welcome: (connection: Connection) => void): void
}

/** As OpenSSH's MaxAuthTries. */
const MOST_TRIES = 6
const METHODS: ('publickey' | 'password' | 'keyboard-interactive')[] = ['publickey', 'keyboard-interactive', 'password']
const MOST_KEPT = 10_000

/** Loads ssh2 and makes a host key where none is given. */
export async function doorkeeper(options: DoorOptions): Promise<Doorkeeper> {
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
    open(socket, welcome) {
      const server = new Server({ hostKeys: [hostKey], ident: 'Sallyport' }, (connection) => {
        let tries = 0
        connection.on('authentication', (context) => {
          if (tried.length < MOST_KEPT) tried.push(`${context.username} ${context.method}`)
          if (context.method !== 'none' && ++tries > MOST_TRIES) return void connection.end()
          judge(context, users, keys)
        })
        welcome(connection)
      })
      server.injectSocket(socket)
    },
  }
}

function judge(context: AuthContext, users: ReadonlyMap<string, string>, keys: readonly ParsedKey[]): void {
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

/** Without a signature it is a question: would this key do? */
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
