/** A secret, or what fetches it when it is needed. */
export type SshSecret = string | ((what: string) => Promise<string>)

/** A private key: its text (OpenSSH, PEM, PKCS#8, PPK), the same as bytes, or the path of a file with it. */
export type KeySource = string | Uint8Array

/** Who we are to an SSH server. When nothing is given: the agent of SSH_AUTH_SOCK and the usual keys in ~/.ssh. */
export interface SshAuth {
  /** Answers a keyboard-interactive server's one hidden question, too. Fetched when its turn comes. */
  readonly password?: SshSecret
  readonly privateKey?: KeySource | readonly KeySource[]
  /** Opens encrypted private keys; a function is asked with the name of the key, only for keys that are encrypted. */
  readonly passphrase?: SshSecret
  /** Paths of keys to try, in place of the usual ones, when nothing else is given. One that is missing is passed over. */
  readonly identityFiles?: readonly string[]
  /** The socket of an agent; true: the one that SSH_AUTH_SOCK names. */
  readonly agent?: string | boolean
}

/** Which host keys are trusted. */
export interface HostKeyOptions {
  /** SHA-256 of the key as OpenSSH prints it ('SHA256:…') or in hex. When given, one must match and known_hosts is not asked. */
  readonly fingerprint?: string | readonly string[]
  /** known_hosts files; default: ~/.ssh/known_hosts and the machine's. The first one takes new keys. */
  readonly knownHosts?: string | readonly string[]
  /** 'known' (default); 'new': a host without any known key is trusted once and written down; 'any': no check, with a warning. */
  readonly accept?: 'known' | 'new' | 'any'
}

/** 'modern' (default), or 'legacy': with what old servers need (SHA-1, CBC, DSA) at the end of the lists. */
export type AlgorithmPreset = 'modern' | 'legacy'
