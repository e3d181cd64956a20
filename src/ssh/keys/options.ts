/** A secret, or a function that fetches it when it is needed. */
export type SshSecret = string | ((what: string) => Promise<string>)

/** A private key: its text (OpenSSH, PEM, PKCS#8, PPK), the same as bytes, or the path of a file that holds it. */
export type KeySource = string | Uint8Array

/** Credentials for an SSH server. When none are given: the agent of SSH_AUTH_SOCK and the default keys in ~/.ssh. */
export interface SshAuth {
  /** The password; also answers a single hidden keyboard-interactive prompt. A function is called only when the password is needed. */
  readonly password?: SshSecret
  /** Keys to log in with. */
  readonly privateKey?: KeySource | readonly KeySource[]
  /** Decrypts encrypted private keys; a function is called with the name of the key, only for keys that are encrypted. */
  readonly passphrase?: SshSecret
  /** Paths of keys to try in place of the default ones, when no other credentials are given. Missing files are skipped. */
  readonly identityFiles?: readonly string[]
  /** Only the keys of `identityFiles`, or the default ones, are taken out of the agent. */
  readonly identitiesOnly?: boolean
  /** The agent's socket where `agent` is absent, in place of the one in SSH_AUTH_SOCK (IdentityAgent); false: none. */
  readonly identityAgent?: string | false
  /** The socket of an agent; true: the socket in SSH_AUTH_SOCK. */
  readonly agent?: string | boolean
}

/** Which host keys are trusted. */
export interface HostKeyOptions {
  /** SHA-256 of the key as OpenSSH prints it ('SHA256:…') or in hex. When given, one must match and known_hosts is not read. */
  readonly fingerprint?: string | readonly string[]
  /** known_hosts files; defaults to ~/.ssh/known_hosts and /etc/ssh/ssh_known_hosts. New keys are appended to the first. */
  readonly knownHosts?: string | readonly string[]
  /** 'known' (default); 'new': the key of a host without a known key is trusted and stored; 'any': no check, with a warning. */
  readonly accept?: 'known' | 'new' | 'any'
}

/** 'modern' (default), or 'legacy': adds what old servers need (SHA-1, CBC, DSA) at the end of the lists. */
export type AlgorithmPreset = 'modern' | 'legacy'
