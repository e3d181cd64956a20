import type { OptionSpec, Settings } from './spec.js'

export const SSH: readonly OptionSpec[] = [
  {
    name: 'identity',
    argument: 'FILE',
    repeat: true,
    group: 'ssh',
    help: 'Log in with this private key (OpenSSH, PEM, PKCS#8, PPK). Default: the agent, and the usual keys in ~/.ssh.',
    sets: (_, privateKey) => ssh({ privateKey }),
  },
  {
    name: 'identity-passphrase-env',
    argument: 'NAME',
    group: 'ssh',
    help: 'Take the passphrase of encrypted keys from this environment variable. Default: asked for at a terminal.',
    sets: (identityPassphraseEnv) => ({ secrets: { identityPassphraseEnv } }),
  },
  {
    name: 'known-hosts',
    argument: 'FILE',
    repeat: true,
    group: 'ssh',
    help: "Trust the host keys in this file. Default: ~/.ssh/known_hosts and the machine's.",
    sets: (_, knownHosts) => ssh({ hostKey: { knownHosts } }),
  },
  {
    name: 'host-key',
    argument: 'SHA256',
    repeat: true,
    group: 'ssh',
    excludes: ['known-hosts', 'accept-new'],
    help: 'Trust exactly the host key with this fingerprint, as ssh-keygen -l prints it.',
    sets: (_, fingerprint) => ssh({ hostKey: { fingerprint } }),
  },
  {
    name: 'accept-new',
    group: 'ssh',
    help: 'Trust a host that is not known yet, and write its key to known_hosts. A key that has changed is refused all the same.',
    sets: () => ssh({ hostKey: { accept: 'new' } }),
  },
  {
    name: 'ssh-legacy',
    group: 'ssh',
    help: 'Also offer what old servers need (SHA-1, CBC, ssh-rsa).',
    sets: () => ssh({ legacy: true }),
  },
  {
    name: 'ssh-config',
    argument: 'FILE',
    group: 'ssh',
    excludes: ['no-ssh-config'],
    help: 'Read hosts, users, keys and jump hosts from this file instead of ~/.ssh/config.',
    sets: (sshConfig) => ssh({ sshConfig }),
  },
  {
    name: 'no-ssh-config',
    group: 'ssh',
    help: 'Do not read ~/.ssh/config.',
    sets: () => ssh({ sshConfig: false }),
  },
]

function ssh(connect: Settings['connect']): Partial<Settings> {
  return { connect }
}
