import { parseUrl, printable } from '../../index.js'
import { usage } from '../options/usage.js'
import { replyLines } from '../report/wire-log.js'
import type { Context } from '../work/context.js'

const REFUSED = 6

/** Sends raw commands and prints the replies, up to the first refusal. */
export async function run({ words, terminal, connections, signal }: Context): Promise<number | undefined> {
  const [url = '', ...lines] = words
  const target = parseUrl(url)
  if (target.path !== undefined)
    throw usage('The URL of command has no path.', "Send 'CWD directory' as the first line.")
  const remote = await connections.to(target)
  for (const line of lines) {
    const { code, text } = await remote.session.command(line, { signal })
    if (terminal.json) await terminal.emit({ type: 'reply', command: verbOf(line), code, text })
    else for (const one of replyLines({ code, lines: text.split('\n') })) await terminal.line(printable(one))
    if (code >= 400) return REFUSED
  }
  return undefined
}

/** Returns the verb alone: the argument may be a secret. */
function verbOf(line: string): string {
  return line.trimStart().split(' ', 1)[0] ?? ''
}
