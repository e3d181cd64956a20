/** What a server sent, and the replies that are in it: [code, ...lines]. Bytes as latin1. */
export interface ReplyCase {
  readonly name: string
  readonly sent: string
  readonly replies: readonly (readonly [number, ...string[]])[]
}

export const replyCorpus: readonly ReplyCase[] = [
  { name: 'a single line', sent: '220 (vsFTPd 3.0.3)\r\n', replies: [[220, '(vsFTPd 3.0.3)']] },
  { name: 'bare LF', sent: '220 ready\n', replies: [[220, 'ready']] },
  { name: 'doubled CR', sent: '220 ready\r\r\n', replies: [[220, 'ready']] },
  { name: 'only the code', sent: '226\r\n', replies: [[226, '']] },
  { name: 'only the code, bare LF', sent: '226\n', replies: [[226, '']] },
  { name: 'code and blank', sent: '226 \r\n', replies: [[226, '']] },
  { name: 'a tab after the code', sent: '226\tdone\r\n', replies: [[226, 'done']] },
  { name: 'leading blanks of the text stay', sent: '200   spaced \r\n', replies: [[200, '  spaced ']] },
  {
    name: 'RFC 959 multi-line with bare inner lines',
    sent: '123-First line\r\nSecond line\r\n  234 A line beginning with numbers\r\n123 The last line\r\n',
    replies: [[123, 'First line', 'Second line', '  234 A line beginning with numbers', 'The last line']],
  },
  {
    name: 'the code on every line',
    sent: '230-a\r\n230-b\r\n230-\r\n230 c\r\n',
    replies: [[230, 'a', 'b', '', 'c']],
  },
  {
    name: 'inner lines that begin with another code',
    sent: '220-hello\r\n230 not the end\r\n226-neither\r\n220 end\r\n',
    replies: [[220, 'hello', '230 not the end', '226-neither', 'end']],
  },
  {
    name: 'an inner line with the code glued to text',
    sent: '211-list\r\n211abc\r\n2110 bytes\r\n211 End\r\n',
    replies: [[211, 'list', '211abc', '2110 bytes', 'End']],
  },
  {
    name: 'the end repeated with a dash first',
    sent: '211-Features:\r\n MDTM\r\n211-End\r\n211 End\r\n',
    replies: [[211, 'Features:', ' MDTM', 'End', 'End']],
  },
  {
    name: 'an inner line with the code behind a blank',
    sent: '214-help\r\n 214 is a code\r\n214 ok\r\n',
    replies: [[214, 'help', ' 214 is a code', 'ok']],
  },
  { name: 'a last line that is only the code', sent: '226-one\r\n226\r\n', replies: [[226, 'one', '']] },
  { name: 'a last line that is the code and a blank', sent: '226-one\n226 \n', replies: [[226, 'one', '']] },
  { name: 'an empty inner line', sent: '220-a\r\n\r\n\n220 b\r\n', replies: [[220, 'a', '', '', 'b']] },
  { name: 'a first line without text', sent: '220-\r\n220 b\r\n', replies: [[220, '', 'b']] },
  { name: 'empty lines before a reply', sent: '\r\n\n\r\r\n220 b\r\n', replies: [[220, 'b']] },
  {
    name: 'empty lines between replies',
    sent: '150 go\r\n\r\n226 done\r\n',
    replies: [
      [150, 'go'],
      [226, 'done'],
    ],
  },
  {
    name: 'several replies in one piece',
    sent: '150-a\r\n150 b\r\n226 c\r\n421 bye\r\n',
    replies: [
      [150, 'a', 'b'],
      [226, 'c'],
      [421, 'bye'],
    ],
  },
  {
    name: 'two multi-line replies with the same code',
    sent: '220-a\r\n220 b\r\n220-c\r\n220 d\r\n',
    replies: [
      [220, 'a', 'b'],
      [220, 'c', 'd'],
    ],
  },
  {
    name: 'MLST with the blank that belongs to it',
    sent: '250-Begin\r\n type=file;size=3; /a b\r\n250 End.\r\n',
    replies: [[250, 'Begin', ' type=file;size=3; /a b', 'End.']],
  },
  { name: 'a protected reply of RFC 2228', sent: '631 deadbeef\r\n', replies: [[631, 'deadbeef']] },
  { name: 'bytes beyond ASCII', sent: '257 "/\xfc\xff\x80"\r\n', replies: [[257, '"/\xfc\xff\x80"']] },
  { name: 'a NUL and escapes', sent: '550 \0\x1b[31m\x07\r\n', replies: [[550, '\0\x1b[31m\x07']] },
  { name: 'a CR inside the text', sent: '550 a\rb\r\n', replies: [[550, 'a\rb']] },
  { name: 'a dash as text', sent: '200 -\r\n', replies: [[200, '-']] },
  {
    name: 'a quota banner of ProFTPD',
    sent: '230-*** Welcome ***\r\n    230 is a number\r\n230-\r\n230 User logged in\r\n',
    replies: [[230, '*** Welcome ***', '    230 is a number', '', 'User logged in']],
  },
]
