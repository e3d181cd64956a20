import { readChoice, readFields, readPorts, readSeconds } from './read-value.js'
import type { OptionSpec } from './spec.js'

export const CONNECTION: readonly OptionSpec[] = [
  {
    name: 'proxy',
    argument: 'URL',
    repeat: true,
    group: 'connection',
    excludes: ['no-proxy'],
    help: 'A proxy on the way; several are a chain, the nearest first. Tunnels: socks4, socks4a, socks5, socks5h, http, https, ssh. Last, an FTP proxy, such as ftp+user://gate:2121 or ftp+login://me@gate. The kinds are in docs/PROXIES.md. Default: what ftp_proxy, all_proxy and no_proxy in the environment say.',
    sets: (proxy, all) => ({ connect: { proxy: all.length > 1 ? all : proxy } }),
  },
  {
    name: 'no-proxy',
    group: 'connection',
    help: 'Connect directly to the server and ignore the environment.',
    sets: () => ({ connect: { proxy: false } }),
  },
  {
    name: 'proxy-password-env',
    argument: 'NAME',
    group: 'connection',
    excludes: ['no-proxy'],
    help: "Take the proxy's password from this environment variable; its user is part of the proxy's URL.",
    sets: (proxyPasswordEnv) => ({ secrets: { proxyPasswordEnv } }),
  },
  {
    name: 'proxy-header',
    argument: 'FIELD',
    repeat: true,
    group: 'connection',
    excludes: ['no-proxy'],
    help: "Send this field to every HTTP proxy on the way, such as 'User-Agent: curl/8'. Default: User-Agent: Sallyport.",
    sets: (_, all) => ({ connect: { proxyHeaders: readFields(all, '--proxy-header') } }),
  },
  {
    name: 'active',
    group: 'connection',
    help: 'Let the server open the data connections (PORT, EPRT). Default: passive.',
    sets: () => ({ connect: { dataMode: 'active' } }),
  },
  {
    name: 'active-ports',
    argument: 'A-B',
    group: 'connection',
    help: 'Local ports to offer in active mode, such as 50000-50100; it switches active mode on.',
    sets: (text) => ({ connect: { dataMode: 'active', activePorts: readPorts(text, '--active-ports') } }),
  },
  {
    name: 'passive-address',
    argument: 'MODE',
    group: 'connection',
    help: "The address that passive mode dials: 'control' (the host of the control connection; default), 'reply' (the address in the server's reply) or 'auto'.",
    sets: (text) => ({
      connect: { passiveAddress: readChoice(text, '--passive-address', ['control', 'reply', 'auto'] as const) },
    }),
  },
  {
    name: 'timeout',
    argument: 'S',
    group: 'connection',
    help: 'Time out after S seconds without a connection, without the reply to a command, or without a byte of a transfer: each limit by itself. Default: 15 to connect, otherwise 30. The final reply of a transfer has --confirm-timeout.',
    sets: (text) => {
      const limit = readSeconds(text, '--timeout')
      return { connect: { timeouts: { connect: limit, reply: limit, idle: limit } } }
    },
  },
  {
    name: 'confirm-timeout',
    argument: 'S',
    group: 'connection',
    help: 'Time out when the final reply of a transfer, or a checksum of the server, takes longer than S seconds. Default: 300: servers write to disk before they answer.',
    sets: (text) => ({ connect: { timeouts: { confirm: readSeconds(text, '--confirm-timeout') } } }),
  },
  {
    name: 'encoding',
    argument: 'NAME',
    group: 'connection',
    help: 'Charset of the names on the server, such as latin1. Default: UTF-8.',
    sets: (encoding) => ({ connect: { encoding } }),
  },
  {
    name: 'tunnel',
    group: 'connection',
    excludes: ['active', 'active-ports'],
    help: 'The URL is a forwarded port: passive mode only, and data goes to the same host.',
    sets: () => ({ connect: { tunnel: true } }),
  },
  {
    name: 'prefer-ipv6',
    short: '6',
    group: 'connection',
    help: 'Try IPv6 addresses first where a name has both kinds.',
    sets: () => ({ connect: { preferIPv6: true } }),
  },
  {
    name: 'virtual-host',
    argument: '[NAME]',
    group: 'connection',
    help: "Name the virtual host (HOST) for several servers on one address: the URL's host, or NAME (--virtual-host=NAME).",
    sets: (name) => ({ connect: { virtualHost: name === '' ? true : name } }),
  },
  {
    name: 'keep-alive',
    argument: '[SECONDS]',
    group: 'connection',
    help: 'Send a NOOP after 30 idle seconds, or after SECONDS (--keep-alive=SECONDS).',
    sets: (text) => ({
      connect: { keepAlive: text === '' ? {} : { idleMs: readSeconds(text, '--keep-alive') } },
    }),
  },
  {
    name: 'keep-alive-data',
    group: 'connection',
    help: 'Send it also while data is transferred; implies --keep-alive.',
    sets: () => ({ connect: { keepAlive: { duringTransfer: true } } }),
  },
]
