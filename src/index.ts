export { connect } from './client/connect.js'
export { type CopyOptions, copy, type RemoteFileName } from './client/copy.js'
export { diagnose } from './client/doctor/diagnose.js'
export type {
  DiagnoseOptions,
  Diagnosis,
  DiagnosisStep,
  DialectProbe,
  Outcome,
  StepName,
} from './client/doctor/doctor.js'
export type {
  AlgorithmPreset,
  CertificateInfo,
  ConnectOptions,
  HostKeyOptions,
  KeySource,
  PortRange,
  Progress,
  ProxyOptions,
  Secret,
  Security,
  SessionCommands,
  SshAuth,
  SshSecret,
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
export type { Input, Output } from './client/streams/streams.js'
export { dialectNames } from './client/target/proxy.js'
export { describeTarget, type Endpoint, parseUrl, type SchemeName, type Target } from './client/target/url.js'
export {
  type ErrorChanges,
  type ErrorCode,
  type ErrorDetails,
  type Failure,
  type Phase,
  type ReplyText,
  TransferError,
} from './errors.js'
export type { Direction, Observer, TransferEvent } from './events.js'
export type { LearnedFact } from './learned.js'
export { disk } from './local/disk.js'
export { MemoryStore } from './memory.js'
export { nearest, suggestion } from './nearest.js'
export { printable } from './printable.js'
export type { Slab } from './slab.js'
export type {
  ByteSink,
  ByteSource,
  CallOptions,
  Capabilities,
  Entry,
  EntryType,
  HashName,
  Lossy,
  NextOptions,
  Range,
  Receipt,
  Space,
  Store,
  WriteAt,
} from './store.js'
