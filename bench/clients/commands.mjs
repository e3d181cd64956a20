import { fileURLToPath } from 'node:url'

const script = (name) => fileURLToPath(new URL(name, import.meta.url))
const node =
  (name) =>
  (task, { url, remote, local, count }) => [
    process.execPath,
    script(name),
    task,
    url,
    remote,
    local,
    ...(task === 'list' ? [String(count)] : []),
  ]

/** The command line of each client for each task, as `(task, { url, remote, local, count }) => argv`. */
export const commands = {
  sallyport: node('./sallyport.mjs'),
  'basic-ftp': node('./basic-ftp.mjs'),
  curl: (task, job) => ['curl', '-sS', ...curl[task](job)],
  lftp(task, job) {
    const { hostname, port, username, password } = new URL(job.url)
    const settings = 'set cmd:fail-exit yes; set net:max-retries 1; set ftp:ssl-allow no'
    return ['lftp', '-c', `${settings}; open -u ${username},${password} -p ${port} ${hostname}; ${lftp[task](job)}`]
  },
}

const curl = {
  download: ({ url, remote, local }) => ['-o', local, `${url}/${remote}`],
  upload: ({ url, remote, local }) => ['-T', local, `${url}/${remote}`],
  list: ({ url, remote }) => [`${url}/${remote}/`],
  small: ({ url, remote, local }) => ['--create-dirs', '-o', `${local}/d#1/f#2`, `${url}/${remote}/d[00-19]/f[00-99]`],
}

const lftp = {
  download: ({ remote, local }) => `get ${remote} -o ${local}`,
  upload: ({ remote, local }) => `put ${local} -o ${remote}`,
  list: ({ remote }) => `cls -1 ${remote}`,
  small: ({ remote, local }) => `mirror ${remote} ${local}`,
}
