import { bytes, either, flag, localPath, type OptionTable, oneOf, oneOrMore, text, word } from '../../option-checks.js'
import type { HostKeyOptions } from './options.js'

/** A key's text has line ends in it. */
export const privateKey = oneOrMore(either({ ...text, says: 'a string', fits: isFilled }, bytes))

export const agent = either(flag, localPath)

export const HOST_KEY: OptionTable<HostKeyOptions> = {
  fingerprint: {
    kind: oneOrMore(word),
    default: 'none',
    text: 'SHA-256 of the key, one or a list: exactly these are trusted, and known_hosts is not read',
  },
  knownHosts: {
    kind: oneOrMore(localPath),
    default: '`~/.ssh/known_hosts` and `/etc/ssh/ssh_known_hosts`',
    text: 'files of known host keys; new keys go to the first',
  },
  accept: {
    kind: oneOf('known', 'new', 'any'),
    default: "`'known'`",
    text: "`'new'`: the key of a host without any known key is trusted and stored; `'any'`: no check, and a `warning`",
  },
}

function isFilled(value: unknown): boolean {
  return typeof value === 'string' && value !== ''
}
