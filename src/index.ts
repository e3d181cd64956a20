export { connect } from './client/connect.js'
export { copy, type RemoteFileName } from './client/copy.js'
export { diagnose } from './client/doctor/diagnose.js'
export type { DiagnoseOptions, Diagnosis, DiagnosisStep, DialectProbe } from './client/doctor/doctor.js'
export type {
  CallOptions,
  CertificateInfo,
  ConnectOptions,
  HostKeyOptions,
  Progress,
  ProxyOptions,
  Secret,
  Security,
  SessionCommands,
  SshAuth,
  SshSecurity,
  Step,
  Timeouts,
  TlsOptions,
  TransferOptions,
  TransferResult,
  TreeResult,
  Verify,
} from './client/options/options.js'
export type { Remote, RemoteFile } from './client/remote/remote.js'
export type { Input, Output } from './client/remote/streams.js'
export { dialectNames } from './client/target/proxy.js'
export { describeTarget, parseUrl, type SchemeName, type Target } from './client/target/url.js'
export { type ErrorCode, type Failure, type Phase, type ReplyText, TransferError } from './errors.js'
export type { Direction, Observer, TransferEvent } from './events.js'
export { disk } from './local/disk.js'
export { MemoryStore } from './memory.js'
export { nearest, suggestion } from './nearest.js'
export { printable } from './printable.js'
export type {
  ByteSink,
  ByteSource,
  Capabilities,
  Entry,
  EntryType,
  HashName,
  Range,
  Receipt,
  Space,
  Store,
  WriteAt,
} from './store.js'
