import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ErrorCode, Phase, TransferError } from '../../../../src/errors.js'
import { failure } from '../../../../src/ftp/control/reply-errors.js'
import { printable } from '../../../../src/printable.js'

function said(
  text: string,
  phase: Phase = 'command',
  command = 'RETR /pub/x.txt',
  path: string | undefined = '/pub/x.txt',
): TransferError {
  const lines = text.slice(4).split('\n')
  return failure({ code: Number(text.slice(0, 3)), lines, text: lines.join('\n') }, { command, path, phase })
}

/** Replies, the servers that send them, and their meaning. '!' : the same call may succeed when repeated. */
const TABLE: readonly (readonly [string, string, Phase, `${ErrorCode}${'' | '!'}`])[] = [
  ['vsftpd', '550 Failed to open file.', 'transfer', 'not-found'],
  ['vsftpd', '550 Failed to change directory.', 'command', 'not-found'],
  ['vsftpd', '550 Could not get file size.', 'command', 'not-found'],
  ['vsftpd', '550 Permission denied.', 'command', 'permission-denied'],
  ['vsftpd', '553 Could not create file.', 'transfer', 'permission-denied'],
  ['vsftpd', '550 Create directory operation failed.', 'command', 'refused'],
  ['vsftpd', '530 Please login with USER and PASS.', 'command', 'login-refused'],
  ['vsftpd', '530 Login incorrect.', 'login', 'login-refused'],
  ['vsftpd', '530 Non-anonymous sessions must use encryption.', 'login', 'login-refused'],
  ['vsftpd', '500 OOPS: cannot change directory:/home/x', 'login', 'login-refused'],
  ['vsftpd', '421 There are too many connected users, please try later.', 'greeting', 'too-many-sessions!'],
  ['vsftpd', '421 There are too many connections from your internet address.', 'greeting', 'too-many-sessions!'],
  ['vsftpd', '421 Timeout.', 'command', 'session-lost!'],
  ['vsftpd', '425 Failed to establish connection.', 'transfer', 'data-connection!'],
  ['vsftpd', '426 Failure writing network stream.', 'transfer', 'data-connection!'],
  ['vsftpd', '451 Failure writing to local file.', 'transfer', 'busy!'],
  ['vsftpd', '500 Unknown command.', 'command', 'not-supported'],
  ['vsftpd', '501 Option not understood.', 'command', 'refused'],
  ['vsftpd', '504 Bad MODE command.', 'command', 'not-supported'],
  [
    'vsftpd',
    '522 SSL connection failed; session reuse required: see require_ssl_reuse option in vsftpd.conf man page',
    'transfer',
    'data-connection!',
  ],
  ['vsftpd', '522 Data connections must be encrypted.', 'transfer', 'refused'],
  ['proftpd', '450 nosuchdir: No such file or directory', 'transfer', 'not-found'],
  ['proftpd', '450 No files found', 'transfer', 'not-found'],
  ['proftpd', '550 x.txt: No such file or directory', 'command', 'not-found'],
  ['proftpd', '550 x.txt: Permission denied', 'command', 'permission-denied'],
  ['proftpd', '550 x.txt: Operation not permitted', 'command', 'permission-denied'],
  ['proftpd', '550 x.txt: Overwrite permission denied', 'transfer', 'permission-denied'],
  ['proftpd', '550 x: Not a regular file', 'transfer', 'is-directory'],
  ['proftpd', '550 x: Is a directory', 'command', 'is-directory'],
  ['proftpd', '550 x: Not a directory', 'command', 'not-directory'],
  ['proftpd', '550 x: File exists', 'command', 'exists'],
  ['proftpd', '550 x: Directory not empty', 'command', 'refused'],
  ['proftpd', '550 SIZE not allowed in ASCII mode', 'command', 'refused'],
  ['proftpd', '552 Transfer aborted. Disc quota exceeded', 'transfer', 'disk-full'],
  [
    'proftpd',
    '530 Sorry, the maximum number of clients (5) for this user are already connected.',
    'login',
    'too-many-sessions!',
  ],
  [
    'proftpd',
    '530 Sorry, the maximum number of allowed clients (2) are already connected.',
    'greeting',
    'too-many-sessions!',
  ],
  ['proftpd', '530 Sorry, max 3 users -- try again later', 'login', 'too-many-sessions!'],
  ['proftpd', '421 Login timeout (300 seconds): closing control connection', 'login', 'session-lost!'],
  ['proftpd', '421 Idle timeout (600 seconds): closing control connection', 'command', 'session-lost!'],
  ['proftpd', '425 Unable to build data connection: Operation not permitted', 'transfer', 'data-connection!'],
  ['proftpd', '426 Transfer aborted. Data connection closed', 'transfer', 'data-connection!'],
  ['proftpd', '550 SSL/TLS required on the control channel', 'login', 'login-refused'],
  ['proftpd', '522 SSL/TLS required on the data channel', 'transfer', 'refused'],
  ['proftpd', '534 Unwilling to accept security parameters', 'tls', 'refused'],
  ['proftpd', '503 Bad sequence of commands', 'command', 'refused'],
  ['proftpd', '502 REIN command not implemented', 'command', 'not-supported'],
  ['pure-ftpd', "550 Can't open x.txt: No such file or directory", 'transfer', 'not-found'],
  ['pure-ftpd', "550 Can't check for file existence", 'command', 'not-found'],
  ['pure-ftpd', "550 Can't create directory: File exists", 'command', 'exists'],
  ['pure-ftpd', '550 I can only retrieve regular files', 'transfer', 'is-directory'],
  ['pure-ftpd', "553 Can't open that file: Permission denied", 'transfer', 'permission-denied'],
  ['pure-ftpd', '553 Disk full - please upload later', 'transfer', 'disk-full'],
  ['pure-ftpd', '552 Quota exceeded', 'transfer', 'disk-full'],
  ['pure-ftpd', '421 50 users (the maximum) are already logged in, sorry', 'greeting', 'too-many-sessions!'],
  [
    'pure-ftpd',
    '421 Sorry, cleartext sessions and weak ciphers are not accepted on this server.\nPlease reconnect using TLS security mechanisms.',
    'login',
    'login-refused',
  ],
  ['pure-ftpd', "530 You aren't logged in", 'command', 'login-refused'],
  ['pure-ftpd', '530 Login authentication failed', 'login', 'login-refused'],
  ['pure-ftpd', '500 SITE CPFR is an unknown extension', 'command', 'not-supported'],
  ['pyftpdlib', '550 No such file or directory.', 'command', 'not-found'],
  ['pyftpdlib', '550 Not enough privileges.', 'command', 'permission-denied'],
  ['pyftpdlib', '550 /other is not retrievable.', 'command', 'not-found'],
  ['pyftpdlib', '550 Is a directory.', 'transfer', 'is-directory'],
  ['pyftpdlib', '421 Too many connections. Service temporarily unavailable.', 'greeting', 'too-many-sessions!'],
  ['pyftpdlib', '530 Authentication failed.', 'login', 'login-refused'],
  ['pyftpdlib', '530 Maximum login attempts. Disconnecting.', 'login', 'login-refused'],
  ['pyftpdlib', '421 Control connection timed out.', 'command', 'session-lost!'],
  ['aioftp', '550 path does not exists', 'command', 'not-found'],
  ['aioftp', '550 path already exists', 'command', 'exists'],
  ['aioftp', '550 path is not a file', 'transfer', 'is-directory'],
  ['aioftp', "502 'site' not implemented", 'command', 'not-supported'],
  ['aioftp', '451 file transfer error: no space left on device', 'transfer', 'disk-full'],
  ['inetutils', '550 x: No such file or directory.', 'command', 'not-found'],
  ['inetutils', '550 x: not a plain file.', 'transfer', 'is-directory'],
  ['inetutils', '426 Data connection: Connection reset by peer.', 'transfer', 'data-connection!'],
  ['linux-ftpd', '426 Data connection: No such file or directory.', 'transfer', 'data-connection!'],
  ['FileZilla', '550 File not found', 'transfer', 'not-found'],
  ['FileZilla', "550 Couldn't open the file or directory", 'transfer', 'not-found'],
  ['FileZilla', "550 can't access file.", 'transfer', 'permission-denied'],
  ['FileZilla', '503 Use AUTH first.', 'login', 'login-refused'],
  [
    'FileZilla',
    '425 Unable to build data connection: TLS session of data connection not resumed.',
    'transfer',
    'data-connection!',
  ],
  [
    'FileZilla',
    '450 TLS session of data connection has not resumed or the session does not match the control connection',
    'transfer',
    'data-connection!',
  ],
  ['IIS', '550 The system cannot find the file specified. ', 'transfer', 'not-found'],
  ['IIS', '550 Access is denied. ', 'command', 'permission-denied'],
  ['IIS', '550 Cannot create a file when that file already exists. ', 'command', 'exists'],
  ['IIS', '550 The process cannot access the file because it is being used by another process. ', 'transfer', 'busy!'],
  ['IIS', '550 The directory is not empty. ', 'command', 'refused'],
  ['IIS', '550 Das System kann die angegebene Datei nicht finden. ', 'transfer', 'not-found'],
  ['IIS', '534 Policy requires SSL.', 'login', 'login-refused'],
  ['IIS', '530 User cannot log in.', 'login', 'login-refused'],
  ['wu-ftpd', '521 "/x" directory exists', 'command', 'exists'],
  ['wu-ftpd', '553 Prior permission denied', 'transfer', 'permission-denied'],
  ['Serv-U', '430 Invalid username or password', 'login', 'login-refused'],
  ['any', '532 Need account for storing files', 'transfer', 'login-refused'],
  ['any', '331 Password required', 'login', 'login-refused'],
  ['any', '332 Account required', 'login', 'login-refused'],
  ['any', '452 Insufficient storage space', 'transfer', 'disk-full'],
  ['any', '450 File busy', 'command', 'busy!'],
  ['any', '451 Local error in processing', 'command', 'busy!'],
  ['any', '530 Not allowed here', 'command', 'permission-denied'],
  ['any', '226 Done', 'command', 'protocol'],
  ['any', '150 Opening', 'command', 'protocol'],
  ['any', '350 Go on', 'command', 'protocol'],
  ['any', '331 Password required', 'command', 'protocol'],
  ['any', '554 No', 'command', 'refused'],
  ['any', '631 c2VjcmV0', 'command', 'refused'],
  ['a proxy', '530 Access denied by policy', 'proxy', 'proxy-refused'],
  ['a proxy', '425 Cannot reach the server', 'proxy', 'proxy-refused!'],
]

for (const [server, text, phase, wanted] of TABLE)
  test(`${wanted} is what ${server} means in phase ${phase}: ${text.replaceAll('\n', ' / ')}`, () => {
    const error = said(text, phase)
    assert.equal(`${error.code}${error.retryable ? '!' : ''}`, wanted)
    assert.equal(error.phase, phase)
  })

test('a path that sounds like an answer does not become one', () => {
  assert.equal(
    said('550 /no such/exists: Permission denied', 'command', 'RETR x', '/no such/exists').code,
    'permission-denied',
  )
  assert.equal(said('550 /: No such file or directory', 'command', 'CWD /', '/').code, 'not-found')
})

test('the message is one sentence of what was asked and what was said, the reply stays whole', () => {
  const error = said('550 one\ntwo\x1b[2J')
  assert.equal(error.message, 'The server refused RETR /pub/x.txt: 550 one / two\\x1B[2J')
  assert.deepEqual(error.reply, { code: 550, text: 'one\ntwo\x1b[2J' })
  assert.equal(error.command, 'RETR /pub/x.txt')
  assert.equal(error.path, '/pub/x.txt')
  assert.equal(said('421 bye', 'command', '').message, 'The server said 421 bye')
  assert.ok(said(`550 ${'x'.repeat(60_000)}`).message.length < 300)
})

test('hints say what to do', () => {
  assert.match(said('530 Non-anonymous sessions must use encryption.', 'login').hint ?? '', /ftpes:/)
  assert.match(said('530 Please login', 'command').hint ?? '', /Log in first/)
  assert.match(said('522 session reuse required', 'transfer').hint ?? '', /tls\.reuse/)
  assert.match(said('522 Network protocol not supported, use (1)', 'data').hint ?? '', /address family/)
  assert.match(said('331 Password', 'login').hint ?? '', /`password`/)
  assert.match(said('332 Account', 'login').hint ?? '', /`account`/)
})

test('text is made printable: controls, bidirectional marks, bytes that were no text', () => {
  assert.equal(printable('a\r\n\t\0\x1b\x7f\x85'), 'a\\x0D\\x0A\\x09\\x00\\x1B\\x7F\\x85')
  assert.equal(printable('a\u202e\u2066\u200f\u2028'), 'a\\u{202E}\\u{2066}\\u{200F}\\u{2028}')
  assert.equal(printable('\udce4\ud83d'), '\\xE4\\u{D83D}')
  assert.equal(printable('ä 中 😀 \\'), 'ä 中 😀 \\')
  assert.equal(printable('abcdef', 3), 'abc…')
  assert.equal(printable('abc', 3), 'abc')
  assert.equal(printable('ab😀', 3), 'ab…')
  assert.equal(printable('ab\x1b', 4), 'ab…')
})
