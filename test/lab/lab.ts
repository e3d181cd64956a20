/**
 * The lab: real servers and proxies on loopback, each in a throw-away folder.
 *
 * `scripts/lab-install` installs the programs. Without them (or without root, or with `SALLYPORT_LAB=off`) the lab's
 * tests are skipped with the reason; with `SALLYPORT_LAB=required` a missing program fails its tests instead.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, open, readdir, readFile, rm } from 'node:fs/promises'
import { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { claimPorts, host, isListening } from '../ports.js'
import {
  account,
  awkwardAccount,
  findDaemon,
  type LabName,
  labPresent,
  type Program,
  programs,
  proxyAccount,
  unshare,
} from './programs.js'

export {
  account,
  awkwardAccount,
  describeLab,
  type LabName,
  type LabPresence,
  labNames,
  labPresent,
  labRequired,
  proxyAccount,
  skipWithout,
} from './programs.js'

export interface LabServer extends AsyncDisposable {
  readonly name: LabName
  readonly host: string
  /** FTP, SSH, SOCKS or HTTP, whichever comes first; Squid: FTP. */
  readonly port: number
  /** Squid alone: the same program as an HTTP proxy, open and with Basic authentication. */
  readonly httpPort?: number
  readonly httpLoginPort?: number
  /** A server's first account; a proxy's own account, where it has one. */
  readonly user: string
  readonly password: string
  /** The served tree as a local path. Proxies: empty. */
  readonly home: string
  /** PEM file that signed the certificate, where there is one; sshd's private key is `id` beside it. */
  readonly ca: string
  /** What the program wrote, its command log included where it has one. */
  log(): Promise<string>
  /** Ends it with everything it started and removes its folder. May be called twice. */
  stop(): Promise<void>
}

export interface LabOptions {
  /** The port a proxy leads to by default (SuSE; its clients still name their own). */
  target?: number
  /** Lines for the program's configuration; Pure-FTPd: command line options. */
  extra?: string
  /** How many ports a server has for data connections; default 40. */
  passivePorts?: number
  /** Where to make the throw-away folder; default `os.tmpdir()`. */
  under?: string
  /** Another host on this machine, in place of loopback: the network namespace of a process, and the address to listen on there. */
  network?: { pid: number; address: string }
}

const launcher = join(packageRoot(dirname(fileURLToPath(import.meta.url))), 'test/lab/servers/launch.sh')

/** The compiled lab runs from build/; its shell scripts stay where they are. */
function packageRoot(from: string): string {
  return existsSync(join(from, 'package.json')) ? from : packageRoot(dirname(from))
}

/**
 * Starts a program of the lab on free loopback ports and waits until it listens.
 * It ends with `stop()`, at the latest with this process, however that ends.
 * @throws Error with the end of its log when it is not installed or does not start.
 */
export async function startLab(name: LabName, options: LabOptions = {}): Promise<LabServer> {
  const program: Program = programs[name]
  const missing = labPresent().missing.find((one) => one.name === name)
  if (missing) throw new Error(`Lab: ${name} cannot run: ${missing.why}. scripts/lab-install installs what is missing.`)
  const ports = await claimPorts()
  const dir = await mkdtemp(join(options.under ?? tmpdir(), `sallyport-lab-${name}-`))
  const child = await launch(program, dir, ports.first, options)
  const stop = onlyOnce(async () => {
    await end(child)
    ports.release()
    await rm(dir, { recursive: true, force: true })
  })
  try {
    await listening(ports.first, child)
  } catch (cause) {
    const log = await readLogs(dir)
    await stop()
    throw new Error(`Lab: ${name} did not start:\n${log.slice(-2000)}`, { cause })
  }
  return {
    name,
    host: options.network?.address ?? host,
    port: ports.first,
    ...(program.script === 'squid' ? { httpPort: ports.first + 1, httpLoginPort: ports.first + 2 } : {}),
    ...(program.login ?? account),
    home: join(dir, 'home'),
    ca: join(dir, 'ca.pem'),
    log: () => readLogs(dir),
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

async function launch(program: Program, dir: string, port: number, options: LabOptions): Promise<ChildProcess> {
  const log = await open(join(dir, 'output.log'), 'a')
  try {
    const [command, ...args] = [...enter(options.network), 'unshare', ...unshare, 'bash', launcher]
    const child = spawn(command ?? 'unshare', [...args, program.script, program.variant ?? ''], {
      detached: true, // a process group of its own: Ctrl-C reaches it only through us
      stdio: ['pipe', log.fd, log.fd],
      env: {
        PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
        LANG: 'C.UTF-8',
        DIR: dir,
        HOST: options.network?.address ?? host,
        PORT: String(port),
        PROGRAM: findDaemon(program.daemon),
        TARGET: String(options.target ?? 21),
        EXTRA: options.extra ?? '',
        PASSIVE_COUNT: String(options.passivePorts ?? 40),
        LAB_USER: account.user,
        LAB_PASSWORD: account.password,
        LAB_USER2: awkwardAccount.user,
        LAB_PASSWORD2: awkwardAccount.password,
        LAB_PROXY_USER: proxyAccount.user,
        LAB_PROXY_PASSWORD: proxyAccount.password,
      },
    })
    child.stdin?.on('error', () => {}) // it exited by itself, which its next user notices
    await once(child, 'spawn')
    child.unref() // a server that was not stopped must not keep a finished test process alive
    if (child.stdin instanceof Socket) child.stdin.unref()
    return child
  } finally {
    await log.close()
  }
}

function enter(network: LabOptions['network']): string[] {
  return network ? ['nsenter', `--net=/proc/${network.pid}/ns/net`, '--'] : []
}

/** Closes the launcher's standard input, which ends everything; by force when it does not listen. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.ref()
  const exit = once(child, 'exit')
  child.stdin?.end()
  const force = setTimeout(() => child.pid && process.kill(-child.pid, 'SIGKILL'), 5_000)
  await exit
  clearTimeout(force)
}

async function listening(port: number, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + 20_000
  while (!(await isListening(port, port + 1, child.pid))) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`exit status ${child.exitCode}`)
    if (Date.now() > deadline) throw new Error('not listening after 20 s')
    await delay(10)
  }
}

async function readLogs(dir: string): Promise<string> {
  const names = (await readdir(dir)).filter((name) => name.endsWith('.log')).sort()
  const texts = await Promise.all(names.map((name) => readFile(join(dir, name), 'utf8')))
  return texts.join('')
}

function onlyOnce(task: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined
  return () => {
    running ??= task()
    return running
  }
}
