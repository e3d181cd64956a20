export { connect } from './client/connect.js'
export { copy, type RemoteFileName } from './client/copy.js'
export { diagnose } from './client/diagnose.js'
export type { DiagnoseOptions, Diagnosis, DiagnosisStep, DialectProbe } from './client/doctor.js'
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
} from './client/options.js'
export { disk } from './client/places.js'
export { dialectNames } from './client/proxy.js'
export type { Remote, RemoteFile } from './client/remote.js'
export type { Input, Output } from './client/streams.js'
export { describeTarget, parseUrl, type SchemeName, type Target } from './client/target.js'
export { type ErrorCode, type Failure, type Phase, type ReplyText, TransferError } from './errors.js'
export type { Direction, Observer, TransferEvent } from './events.js'
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
