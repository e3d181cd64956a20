// The rows of the benchmark and the target of each: one entry a row, in the order they are run (rows of one server side by side, so
// that only one server holds files). docs/BENCH.md describes them.
import { readFileSync } from 'node:fs'
import { basicFtp, curl, lftp, sallyport } from './clients.mjs'
import { sftpRows } from './sftp.mjs'
import { eighth, fastestPeer, memory, noFailure, ratio, trips } from './targets.mjs'
import { discarded, fileDown, fileUp, firstByte, listing, startUp, treeDown, treeUp } from './work.mjs'

const full = { file: 1024, sparse: 10_240, small: [20, 100], far: [1, 500], entries: 100_000, ssh: 256, sshFar: 64 }
const quick = { file: 64, sparse: 512, small: [4, 50], far: [1, 40], entries: 5_000, ssh: 32, sshFar: 16 }

/** Milliseconds of a round trip over the slow link. */
const FAR = 50

const shape = ([folders, each]) => ({ folders, each, bytes: 4096 })
const count = ([folders, each]) => (folders * each).toLocaleString('en')
const everyone = { sallyport: sallyport(), 'basic-ftp': basicFtp, lftp: lftp(), curl }

/** Two connections for one file, where this build can do that. */
function segmented() {
  const options = readFileSync(new URL('../dist/client/options/transfer-options.d.ts', import.meta.url), 'utf8')
  return /\bsegments\?/.test(options) ? { 'segments: 2': sallyport({ pool: { max: 2 } }, { segments: 2 }) } : {}
}

const main = 'dist/cli/main.js'
const programs = {
  'sallyport --version': () => [process.execPath, main, '--version'],
  'node -e 0': () => [process.execPath, '-e', '0'],
  "require('basic-ftp')": () => [process.execPath, '-e', "require('basic-ftp')"],
  "require('ssh2')": () => [process.execPath, '-e', "require('ssh2')"],
  'sallyport get': (_, { url, remote, local }) => [process.execPath, main, 'get', '--quiet', `${url}/${remote}`, local],
  'basic-ftp get': (_, job) => basicFtp('download', job),
}

export function allRows(isQuick) {
  const size = isQuick ? quick : full
  const file = `one file of ${size.file} MiB`
  const small = `${count(size.small)} files of 4 KiB in ${size.small[0]} directories`
  const far = `${count(size.far)} files of 4 KiB in one directory, ${FAR} ms round trip`
  const sparse = `${size.sparse / 1024} GiB, sparse, into a stream that discards it`
  return [
    {
      name: 'download',
      title: `${file}, down`,
      server: 'vsftpd',
      work: fileDown(size.file),
      clients: everyone,
      targets: [ratio(0.4, 'basic-ftp'), ratio(0.8, 'lftp')],
    },
    {
      name: 'upload',
      title: `${file}, up`,
      server: 'vsftpd',
      work: fileUp(size.file),
      clients: everyone,
      targets: [ratio(0.5, 'basic-ftp'), ratio(0.95, 'lftp')],
    },
    {
      name: 'small-download',
      title: `${small}, down`,
      server: 'vsftpd',
      work: treeDown(shape(size.small)),
      clients: { 'pool 8': sallyport({ pool: { max: 8 } }), 'basic-ftp': basicFtp, 'lftp -P 8': lftp(8) },
      targets: [ratio(0.3, 'basic-ftp'), ratio(0.55, 'lftp -P 8')],
    },
    {
      name: 'small-upload',
      title: `${small}, up`,
      server: 'vsftpd',
      work: treeUp(shape(size.small)),
      clients: { 'pool 8': sallyport({ pool: { max: 8 } }), 'basic-ftp': basicFtp, 'lftp -P 8': lftp(8) },
      targets: [ratio(0.33, 'basic-ftp'), ratio(0.85, 'lftp -P 8')],
    },
    {
      name: 'list',
      title: `a directory of ${size.entries.toLocaleString('en')} entries (curl only copies the text)`,
      server: 'vsftpd',
      work: listing(size.entries),
      clients: { sallyport: sallyport(), 'basic-ftp': basicFtp, lftp: lftp(), curl },
      targets: [ratio(0.8, 'basic-ftp'), memory(80)],
    },
    {
      name: 'memory',
      title: sparse,
      server: 'vsftpd',
      rounds: 2,
      work: discarded(size.sparse),
      clients: { sallyport: sallyport(), 'basic-ftp': basicFtp, curl },
      targets: [memory(80)],
    },
    {
      name: 'start-up',
      title: 'programs that start, and a file of 13 bytes',
      server: 'vsftpd',
      times: 4,
      peer: 'node -e 0',
      work: startUp(),
      clients: programs,
      targets: [ratio(1.4, 'node -e 0')],
    },
    {
      name: 'download-tls',
      title: `${file}, down, TLS`,
      server: 'vsftpd-tls',
      work: fileDown(size.file),
      clients: { ...everyone, ...segmented() },
      targets: [
        ratio(0.38, 'basic-ftp'),
        ratio(0.95, 'lftp'),
        ...Object.keys(segmented()).map((two) => ratio(1, 'sallyport', two)),
      ],
    },
    {
      name: 'upload-tls',
      title: `${file}, up, TLS`,
      server: 'vsftpd-tls',
      work: fileUp(size.file),
      clients: everyone,
      targets: [fastestPeer(1)],
    },
    {
      name: 'small-download-tls',
      title: `${small}, down, TLS`,
      server: 'vsftpd-tls',
      work: treeDown(shape(size.small)),
      clients: { 'pool 4': sallyport({ pool: { max: 4 } }), 'basic-ftp': basicFtp, 'lftp -P 8': lftp(8) },
      targets: [ratio(0.45, 'basic-ftp'), noFailure()],
    },
    {
      name: 'memory-tls',
      title: `${sparse}, TLS`,
      server: 'vsftpd-tls',
      rounds: 2,
      work: discarded(size.sparse),
      clients: { sallyport: sallyport(), 'basic-ftp': basicFtp, curl },
      targets: [memory(100)],
    },
    {
      name: 'upload-tls-proftpd',
      title: `${file}, up, TLS`,
      server: 'proftpd-tls',
      work: fileUp(size.file),
      clients: everyone,
      targets: [ratio(0.8, 'basic-ftp'), ratio(0.95, 'lftp')],
    },
    {
      name: 'upload-tls-pyftpdlib',
      title: `${file}, up, TLS`,
      server: 'pyftpdlib-tls',
      work: fileUp(size.file),
      clients: everyone,
      targets: [ratio(0.8, 'basic-ftp'), ratio(0.95, 'lftp')],
    },
    {
      name: 'far',
      title: far,
      server: 'vsftpd',
      far: FAR,
      rounds: 2,
      work: treeDown(shape(size.far)),
      trips: { of: ({ wall }) => wall * 1000, files: size.far[0] * size.far[1] },
      clients: {
        passive: sallyport(),
        active: sallyport({ dataMode: 'active' }),
        'pool 8': sallyport({ pool: { max: 8 } }),
        'basic-ftp': basicFtp,
        'lftp -P 8': lftp(8),
      },
      targets: [trips(3.2, 'passive'), trips(2.3, 'active'), eighth(1.3, 'pool 8', 'passive')],
    },
    ...['vsftpd', 'vsftpd-tls'].map((server) => ({
      name: server === 'vsftpd' ? 'first-byte' : 'first-byte-tls',
      title: `from connect() to the first byte of a file, ${FAR} ms round trip${server === 'vsftpd' ? '' : ', TLS'}`,
      server,
      far: FAR,
      work: firstByte(),
      trips: { of: ({ output }) => Number(output) * 1000, files: 1 },
      clients: { sallyport: sallyport(), 'basic-ftp': basicFtp, curl },
      targets: [],
    })),
    ...sftpRows({ file: size.ssh, far: size.sshFar, entries: size.entries, trip: FAR }),
  ]
}
