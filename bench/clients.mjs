// The command line of each client for each task, as `(task, job) => argv`. A job is { url, remote, local, ca }: `remote` is a
// path below the login directory, `ca` the issuer of the server's certificate, absent without TLS.
import { fileURLToPath } from 'node:url'

const script = (name) => fileURLToPath(new URL(`./clients/${name}`, import.meta.url))

/** Both Node clients run a script; what is not a string among the arguments goes over as JSON. */
const byScript = (name, options) => (task, job) => {
  const { url, remote, local = '-', ca } = job
  return [process.execPath, script(name), task, url, remote, local, JSON.stringify({ ca, ...options })]
}

/** This package, by its public API. `connect` and `transfer`: its options. */
export const sallyport = (connect = {}, transfer = {}) => byScript('sallyport.mjs', { connect, transfer })

/** As its README shows it. */
export const basicFtp = byScript('basic-ftp.mjs', {})

const curlTask = {
  download: ({ url, remote, local }) => ['-o', local, `${url}/${remote}`],
  upload: ({ url, remote, local }) => ['-T', local, `${url}/${remote}`],
  list: ({ url, remote }) => [`${url}/${remote}/`],
  discard: ({ url, remote }) => ['-o', '/dev/null', '-w', '%{size_download}', `${url}/${remote}`],
  'first-byte': ({ url, remote }) => ['-o', '/dev/null', '-w', '%{time_starttransfer}', `${url}/${remote}`],
}

export const curl = (task, job) => {
  const tls = job.ca ? ['--ssl-reqd', '--cacert', job.ca] : []
  return ['curl', '-sS', ...tls, ...curlTask[task]({ ...job, url: job.url.replace('ftpes:', 'ftp:') })]
}

const lftpTask = {
  download: ({ remote, local }) => `get ${remote} -o ${local}`,
  upload: ({ remote, local }) => `put ${local} -o ${remote}`,
  list: ({ remote }) => `cls -1 ${remote}`,
  'tree-download': ({ remote, local }, parallel) => `mirror -P ${parallel} ${remote} ${local}`,
  'tree-upload': ({ remote, local }, parallel) => `mirror -R -P ${parallel} ${local} ${remote}`,
}

export const lftp =
  (parallel = 1) =>
  (task, job) => {
    const { hostname, port, username, password } = new URL(job.url)
    const tls = job.ca
      ? `set ssl:ca-file ${job.ca}; set ftp:ssl-force yes; set ftp:ssl-protect-data yes`
      : 'set ftp:ssl-allow no'
    const settings = `set cmd:fail-exit yes; set net:max-retries 1; set net:timeout 20; ${tls}`
    const open = `open -u ${username},${password} -p ${port} ${hostname}`
    return ['lftp', '-c', `${settings}; ${open}; ${lftpTask[task](job, parallel)}`]
  }
