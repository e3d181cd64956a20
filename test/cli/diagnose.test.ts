import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { type DiagnoseOptions, type Diagnosis, type DiagnosisStep, diagnose, TransferError } from '../../src/index.js'
import { type ProxyOptions, type ServerOptions, startProxy, startServer } from '../../src/testing/index.js'
import { ca, fingerprint, good, pair } from '../tls/fixtures.js'
import { until } from '../wire/scene.js'

const PASSWORD = 'sesame-7'
const LIMITS = { connect: 5_000, reply: 5_000, idle: 5_000, confirm: 5_000 } as const
/** For tests with a peer that stays silent until the time limit. */
const SHORT = { connect: 500, reply: 500, idle: 500, confirm: 500 } as const

async function serverFor(t: TestContext, options: ServerOptions = {}) {
  const server = await startServer({ users: { demo: PASSWORD }, files: { '/in/a.txt': 'a' }, ...options })
  t.after(() => server.close())
  return server
}

async function proxyFor(t: TestContext, options: ProxyOptions) {
  const proxy = await startProxy(options)
  t.after(() => proxy.close())
  return proxy
}

function examine(url: string, options: DiagnoseOptions = {}): Promise<Diagnosis> {
  return diagnose(url, { user: 'demo', password: PASSWORD, timeouts: LIMITS, proxy: false, ...options })
}

/** A port where something answers that is no FTP server; what it was sent is kept. */
async function stranger(t: TestContext, speak: (socket: Socket) => void) {
  const heard: Buffer[] = []
  const sockets = new Set<Socket>()
  const listener = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {}).on('data', (chunk) => heard.push(chunk))
    speak(socket)
  }).listen(0, '127.0.0.1')
  await once(listener, 'listening')
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    listener.close()
  })
  const address = listener.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return { at: `127.0.0.1:${port}`, heard: () => Buffer.concat(heard).toString('latin1') }
}

function outcomes({ steps }: Diagnosis): Record<string, string> {
  return Object.fromEntries(steps.map(({ name, outcome }) => [name, outcome]))
}

function failedAt({ steps }: Diagnosis): DiagnosisStep | undefined {
  return steps.find(({ outcome }) => outcome === 'fail')
}

/** A diagnosis that failed at a step, with everything after it skipped and the password sent to no peer. */
function assertFailed(diagnosis: Diagnosis, name: string, code: string, verdict: RegExp): void {
  const failed = failedAt(diagnosis)
  assert.equal(failed?.name, name, JSON.stringify(diagnosis.steps, undefined, 1))
  assert.equal(diagnosis.error?.code, code, diagnosis.verdict)
  assert.equal(diagnosis.usable, false)
  assert.match(diagnosis.verdict, verdict)
  assert.doesNotMatch(JSON.stringify(diagnosis), new RegExp(PASSWORD))
}

test('a server where all works is usable as asked, each way is tried with 1 KiB, and nothing is left there', async (t) => {
  const server = await serverFor(t)
  const told: DiagnosisStep[] = []
  const diagnosis = await examine(`${server.url}/in`, { write: true, onStep: (step) => told.push(step) })
  assert.equal(diagnosis.verdict, 'Usable as asked.')
  assert.equal(diagnosis.usable, true)
  assert.deepEqual(Object.keys(outcomes(diagnosis)), [
    'name',
    'connect',
    'greeting',
    'login',
    'features',
    'epsv',
    'pasv',
    'active',
    'data',
    'keep-alive',
    'verification',
  ])
  assert.deepEqual(new Set(Object.values(outcomes(diagnosis))), new Set(['ok']))
  assert.deepEqual(told, diagnosis.steps)
  assert.equal(server.commands.filter((line) => line.startsWith('STOR /in/.sallyport-doctor-')).length, 5)
  assert.deepEqual(diagnosis.checksums, ['sha256', 'sha512', 'sha1', 'md5', 'crc32'])
  const left: string[] = []
  for await (const { name } of server.store.list('/in')) left.push(name)
  assert.deepEqual(left, ['a.txt'])
  await until(() => server.sessions === 0, 'no session is left')
})

test('without write nothing is changed on the server', async (t) => {
  const server = await serverFor(t)
  const diagnosis = await examine(server.url)
  assert.equal(diagnosis.usable, true)
  assert.deepEqual(
    server.commands.filter((line) => /^(?:STOR|DELE|MKD|RMD|RNFR|APPE|SITE)\b/.test(line)),
    [],
  )
})

test('a name that does not exist', async () => {
  const diagnosis = await examine('ftp://no-such-host.invalid/')
  const failed = failedAt(diagnosis)
  assert.equal(failed?.name, 'name')
  assert.deepEqual(outcomes(diagnosis)['connect'], 'skipped')
  const untried = diagnosis.steps.filter(({ skipped }) => skipped).map(({ name }) => name)
  assert.deepEqual(
    untried,
    diagnosis.steps.filter(({ outcome }) => outcome === 'skipped').map(({ name }) => name),
  )
  assert.match(diagnosis.verdict, /no-such-host\.invalid/)
})

test('a port where nothing listens', async (t) => {
  const server = await serverFor(t)
  await server.close()
  assertFailed(await examine(server.url), 'connect', 'unreachable', /nothing listens there.*Check the port/)
})

test('an SSH server is told the scheme that helps, behind each URL, and no password', async (t) => {
  const { at, heard } = await stranger(t, (socket) => socket.write('SSH-2.0-OpenSSH_9.2\r\n'))
  for (const scheme of ['ftp', 'ftpes'])
    assertFailed(await examine(`${scheme}://${at}`), 'greeting', 'wrong-protocol', /SSH server.*sftp:\/\//)
  assertFailed(await examine(`ftps://${at}`), 'tls', 'wrong-protocol', /SSH server.*sftp:\/\//)
  assert.doesNotMatch(heard(), /USER|sesame/)
})

test('an odd greeting is no FTP, and hears no password', async (t) => {
  const { at, heard } = await stranger(t, (socket) => socket.write('hello, who are you?\r\n'))
  assertFailed(await examine(`ftp://${at}`), 'greeting', 'protocol', /not an FTP reply: "hello/)
  assert.equal(heard(), '')
})

test('a greeting that sends us away', async (t) => {
  const { at } = await stranger(t, (socket) => socket.end('421 Too many sessions.\r\n'))
  assertFailed(await examine(`ftp://${at}`), 'greeting', 'too-many-sessions', /Too many sessions/)
})

test('silence in the clear where there is implicit TLS', async (t) => {
  const server = await serverFor(t, { tls: { ...good, implicit: true } })
  const diagnosis = await examine(server.url.replace('ftps://', 'ftp://'), { timeouts: SHORT })
  assertFailed(diagnosis, 'greeting', 'wrong-protocol', /speaks TLS there: TLSv1.*Use ftps:\/\//)
  assert.ok(diagnosis.steps[2]?.sentence.includes(fingerprint('good')))
})

test('silence on every side stays a timeout', async (t) => {
  const { at } = await stranger(t, () => {})
  assertFailed(await examine(`ftp://${at}`, { timeouts: SHORT }), 'greeting', 'timeout', /sent no reply/)
})

test('a plain server behind ftps:// is told the scheme that helps', async (t) => {
  const server = await serverFor(t)
  const diagnosis = await examine(server.url.replace('ftp://', 'ftps://'))
  assertFailed(diagnosis, 'tls', 'wrong-protocol', /ftpes:\/\/.*ftp:\/\//)
})

test('a server without TLS hears no USER when TLS was asked for', async (t) => {
  const server = await serverFor(t)
  const diagnosis = await examine(server.url.replace('ftp://', 'ftpes://'))
  assertFailed(diagnosis, 'tls', 'tls', /refuses TLS.*ftps:\/\//)
  assert.equal(outcomes(diagnosis)['greeting'], 'ok')
  assert.doesNotMatch(server.commands.join('\n'), /USER|PASS/)
})

test('a certificate that is not trusted: what it is, what would help, and no USER', async (t) => {
  const server = await serverFor(t, { tls: pair('self-signed') })
  const diagnosis = await examine(server.url)
  assertFailed(diagnosis, 'tls', 'tls', /self-signed.*tls\.pin/)
  assert.ok(diagnosis.verdict.includes(fingerprint('self-signed')))
  assert.equal(diagnosis.security?.certificate?.fingerprint256, fingerprint('self-signed'))
  assert.equal(diagnosis.security?.trusted, false)
  assert.doesNotMatch(server.commands.join('\n'), /USER|PASS/)
})

test('trustAny does not make a diagnosis send a password to a stranger, but lets a guest in', async (t) => {
  const server = await serverFor(t, { tls: pair('self-signed') })
  const withheld = await examine(server.url, { tls: { trustAny: true } })
  assertFailed(withheld, 'tls', 'tls', /no[t]? .*trusted|refused.*--insecure/s)
  assert.match(withheld.verdict, /without a diagnosis the password would be sent/)
  assert.doesNotMatch(server.commands.join('\n'), /USER|PASS/)
  const guest = await diagnose(server.url, { proxy: false, timeouts: LIMITS, tls: { trustAny: true } })
  assert.equal(guest.usable, true, guest.verdict)
  assert.equal(outcomes(guest)['tls'], 'warn')
  assert.match(guest.verdict, /not trusted/)
})

test('trusted TLS tells version, certificate and whether data resumes the session', async (t) => {
  const server = await serverFor(t, { tls: good })
  const diagnosis = await examine(server.url, { tls: { ca } })
  assert.equal(diagnosis.verdict, 'Usable as asked.')
  assert.equal(diagnosis.security?.trusted, true)
  assert.equal(diagnosis.sessionReused, true)
  const tls = diagnosis.steps.find(({ name }) => name === 'tls')
  assert.match(tls?.sentence ?? '', /^TLSv1\.[23] with .*certificate for localhost.*trusted by its chain\.$/)
  const pinned = await examine(server.url, { tls: { pin: fingerprint('good') }, write: true })
  assert.equal(pinned.usable, true, pinned.verdict)
})

test('a wrong password: said once, and named', async (t) => {
  const server = await serverFor(t)
  const diagnosis = await examine(server.url, { password: 'wrong-one' })
  assertFailed(diagnosis, 'login', 'login-refused', /^Everything up to the login works\..*530.*Check the user name/)
  assert.equal(server.commands.filter((line) => line.startsWith('PASS')).length, 1)
  assert.equal(outcomes(diagnosis)['data'], 'skipped')
})

test('secrets are fetched once, though several connections are made', async (t) => {
  const server = await serverFor(t)
  let fetched = 0
  const password = async () => {
    fetched++
    return PASSWORD
  }
  assert.equal((await examine(server.url, { password })).usable, true)
  assert.equal(fetched, 1)
})

test('passive ports that do not answer, with active mode as the way out', async (t) => {
  const server = await serverFor(t, { faults: [{ on: ['EPSV', 'PASV'], do: { noData: true } }] })
  const diagnosis = await examine(server.url)
  assertFailed(
    diagnosis,
    'data',
    'data-connection',
    /^Control works; passive ports do not answer \(the server named \d+ and \d+\)/,
  )
  assert.match(
    diagnosis.verdict,
    /the firewall in front of the server must open its passive ports; or use active mode.*--active/,
  )
  assert.equal(diagnosis.passivePorts.length, 2)
  assert.deepEqual(
    ['epsv', 'pasv', 'active', 'keep-alive'].map((name) => outcomes(diagnosis)[name]),
    ['warn', 'warn', 'ok', 'ok'],
  )
})

test('passive ports that do not answer and a server that cannot connect back', async (t) => {
  const faults = [
    { on: ['EPSV', 'PASV'], do: { noData: true } },
    { on: 'LIST', do: { reply: '425 Cannot build data connection.' } },
  ]
  const diagnosis = await examine((await serverFor(t, { faults })).url)
  assertFailed(diagnosis, 'data', 'data-connection', /active mode does not work either/)
})

test('a server that never connects back does not stop the diagnosis', async (t) => {
  const server = await serverFor(t, { faults: [{ on: 'LIST', skip: 2, times: 1, do: { silent: true } }] })
  const diagnosis = await examine(server.url, { timeouts: SHORT })
  assert.equal(outcomes(diagnosis)['active'], 'warn')
  assert.equal(diagnosis.usable, true, diagnosis.verdict)
})

test('passive mode that the server refuses', async (t) => {
  const server = await serverFor(t, { without: ['EPSV', 'PASV'] })
  const diagnosis = await examine(server.url)
  assertFailed(diagnosis, 'data', 'not-supported', /the server refuses passive mode.*EPSV.*use active mode/)
  assert.match(diagnosis.steps.find(({ name }) => name === 'pasv')?.sentence ?? '', /refused PASV: 502/)
})

test('EPSV alone that does not work is a note', async (t) => {
  const server = await serverFor(t, { faults: [{ on: 'EPSV', do: { noData: true } }] })
  const diagnosis = await examine(server.url)
  assert.equal(diagnosis.usable, true)
  assert.equal(diagnosis.verdict, 'Usable as asked. EPSV does not work; the other passive way does.')
})

test('active mode was asked for and does not work, passive does', async (t) => {
  const server = await serverFor(t, { without: ['PORT', 'EPRT'] })
  const diagnosis = await examine(server.url, { dataMode: 'active' })
  assert.equal(failedAt(diagnosis)?.name, 'data')
  assert.match(diagnosis.verdict, /the server cannot connect to us.*leave active mode out: passive mode works/)
})

test('a directory that cannot be entered', async (t) => {
  const server = await serverFor(t)
  const diagnosis = await examine(`${server.url}/none`)
  assertFailed(diagnosis, 'data', 'not-found', /^Control works; data does not:.*none/)
})

test('a directory that cannot be written to is listed instead', async (t) => {
  const server = await serverFor(t, { readOnly: true })
  const diagnosis = await examine(server.url, { write: true })
  assert.equal(diagnosis.usable, true)
  assert.match(diagnosis.verdict, /can be read here, but not written/)
  assert.equal(outcomes(diagnosis)['data'], 'warn')
  assert.equal(outcomes(diagnosis)['epsv'], 'ok')
})

test('a way that cannot be listened on says nothing about what may be written', async (t) => {
  const server = await serverFor(t, { faults: [{ on: ['PORT', 'EPRT'], do: { reply: '502 Not here.' } }] })
  const diagnosis = await examine(server.url, { write: true })
  assert.equal(diagnosis.verdict, 'Usable as asked.')
  assert.equal(outcomes(diagnosis)['active'], 'warn')
})

test('a server that announces nothing owes no checksums', async (t) => {
  const server = await serverFor(t, {
    without: ['FEAT', 'HASH', 'MD5', 'XMD5', 'XCRC', 'XSHA', 'XSHA1', 'XSHA256', 'XSHA512'],
  })
  const diagnosis = await examine(server.url, { write: true })
  assert.equal(diagnosis.verdict, 'Usable as asked.')
  assert.match(diagnosis.steps.at(-1)?.sentence ?? '', /^No checksums; sizes/)
})

test('NOOP that is refused and a checksum that is wrong are notes', async (t) => {
  const server = await serverFor(t, {
    faults: [
      { on: 'NOOP', do: { reply: '502 No such command.' } },
      { on: 'XCRC', do: { reply: '250 00000000' } },
      { on: 'XMD5', do: { reply: '550 No.' } },
    ],
  })
  const diagnosis = await examine(server.url, { write: true })
  assert.match(diagnosis.verdict, /^Usable as asked\. NOOP is refused.*Not every checksum/)
  assert.deepEqual(diagnosis.checksums, ['sha256', 'sha512', 'sha1'])
  assert.match(diagnosis.steps.at(-1)?.sentence ?? '', /md5 does not: .*crc32 does not: it is wrong\.$/)
})

test('a proxy that does not know the dialect: the probe finds the right one and never says who we are', async (t) => {
  const server = await serverFor(t)
  for (const [spoken, tried, verdict] of [
    ['open', 'user', /reacts to OPEN as known: try ftp\+open:\/\/\./],
    ['user', 'open', /reacts to USER as known: try ftp\+user:\/\//],
    ['login', 'open', /reacts to USER as known: try ftp\+login:\/\//],
    ['site', 'user', /reacts to USER as known: try ftp\+login:\/\/ \(or ftp\+site/],
  ] as const) {
    const proxy = await proxyFor(t, { dialect: spoken })
    const at = { dialect: tried, host: proxy.host, port: proxy.port, user: 'gate-user', password: 'gate-secret' }
    const before = await examine(server.url, { proxy: at })
    assert.equal(before.dialects, undefined)
    const from = proxy.conversation.length
    const diagnosis = await examine(server.url, { proxy: at, probeProxy: true })
    assert.ok(['proxy', 'login'].includes(failedAt(diagnosis)?.name ?? ''), diagnosis.verdict)
    assert.match(diagnosis.verdict, verdict)
    assert.doesNotMatch(JSON.stringify(diagnosis), /sesame|gate-secret/)
    const probing = proxy.conversation.slice(from).filter(({ from: who }) => who === 'client')
    const said = probing.slice(probing.findIndex(({ text }) => text.startsWith('QUIT'))).map(({ text }) => text)
    assert.doesNotMatch(said.join('\n'), /demo|gate-user|PASS/, said.join('\n'))
    assert.match(said.join('\n'), /OPEN 127/)
  }
})

test('a proxy that cannot reach the server still shows its dialect', async (t) => {
  const proxy = await proxyFor(t, { dialect: 'open', allow: () => false })
  const diagnosis = await examine('ftp://server.example/', { proxy: proxy.url, probeProxy: true })
  assertFailed(diagnosis, 'proxy', 'proxy-refused', /531.*try ftp\+open/)
  assert.deepEqual(diagnosis.dialects?.[0]?.reaction, 'refused')
})

test('through an FTP proxy that works, the proxy is a step of its own', async (t) => {
  const server = await serverFor(t)
  const proxy = await proxyFor(t, { dialect: 'site' })
  const diagnosis = await examine(server.url, { proxy: proxy.url, write: true })
  assert.equal(diagnosis.verdict, 'Usable as asked.')
  const step = diagnosis.steps.find(({ name }) => name === 'proxy')
  assert.equal(step?.sentence, `Let through by ftp+site://${proxy.host}:${proxy.port}.`)
})

test('a tunnel that is not there is the fault of the proxy step', async (t) => {
  const { at, heard } = await stranger(t, (socket) => socket.end())
  const diagnosis = await examine('ftp://server.example/', { proxy: `socks5h://${at}` })
  assert.equal(failedAt(diagnosis)?.name, 'proxy', diagnosis.verdict)
  assert.doesNotMatch(heard(), /sesame/)
})

test('contradictions are thrown before anything is dialled', async (t) => {
  const { at, heard } = await stranger(t, (socket) => socket.write('220 hi\r\n'))
  for (const options of [
    { tls: { ca } },
    { tunnel: true, dataMode: 'active' },
    { proxy: 'ftp+usr://gate' },
    { proxy: 'ftp+joined://127.0.0.1' },
  ] as const) {
    const steps: DiagnosisStep[] = []
    await assert.rejects(examine(`ftp://${at}`, { ...options, onStep: (step) => steps.push(step) }), {
      code: 'bad-argument',
    })
    assert.ok(steps.every(({ name }) => name === 'name'))
  }
  assert.equal(heard(), '')
})

test('cancelling ends it with aborted and leaves no session', async (t) => {
  const server = await serverFor(t)
  const stop = new AbortController()
  const onStep = ({ name }: DiagnosisStep) => void (name === 'epsv' && stop.abort())
  await assert.rejects(examine(server.url, { signal: stop.signal, onStep }), (error) => {
    return error instanceof TransferError && error.code === 'aborted'
  })
  await until(() => server.sessions === 0, 'no session is left')
})

test('login: false stops after the way to the server', async (t) => {
  const server = await serverFor(t)
  const diagnosis = await examine(server.url, { login: false })
  assert.equal(diagnosis.usable, true)
  assert.equal(outcomes(diagnosis)['login'], 'skipped')
  assert.doesNotMatch(server.commands.join('\n'), /USER/)
})
