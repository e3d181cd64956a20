// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${…} is the step language here
import { badArgument } from '../../errors.js'
import { checkSteps, type Dialect, type Step } from './proxy-dialects.js'

/** The meaning of each letter of FileZilla's login sequence. */
const LETTERS: Readonly<Record<string, string>> = {
  '%h': '${hostport}',
  '%u': '${user}',
  '%p': '${password}',
  '%a': '${account}',
  '%s': '${proxyUser}',
  '%w': '${proxyPassword}',
  '%%': '%',
}

/**
 * A login sequence as FileZilla's settings hold it: one command a line, `%h` host (with its port where it is not 21), `%u` user,
 * `%p` password, `%a` account, `%s` proxy user, `%w` proxy password, `%%` a per cent sign. The script logs in by itself, so all
 * of it is `login`. Throws `bad-argument` for another `%` letter, naming the line.
 */
export function fileZillaSteps(text: string): Dialect {
  const lines = text.split(/\r\n|\r|\n/).map((line) => line.trim())
  const numbered = lines.map((line, index) => ({ line, number: index + 1 })).filter(({ line }) => line !== '')
  if (numbered.length === 0) throw badArgument('The login sequence of the proxy is empty.')
  const sends = numbered.map(({ line, number }) => translated(line, number))
  const dialect = { reach: [], login: sends.map((send, index) => stepOf(send, sends[index - 1])) }
  checkSteps(dialect)
  return dialect
}

/** A user-written dialect in any of its forms: a FileZilla text, a list of steps that logs in by itself, or both parts. Checked. */
export function customDialect(steps: string | readonly Step[] | Dialect): Dialect {
  if (typeof steps === 'string') return fileZillaSteps(steps)
  const dialect: Dialect = 'reach' in steps ? steps : { reach: [], login: steps }
  checkSteps(dialect)
  return dialect
}

/** FileZilla leaves a password out when the user name before it was, or when that was enough. */
function stepOf(send: string, before: string | undefined): Step {
  const answersUser = /^PASS /i.test(send) && before !== undefined && /^USER /i.test(before)
  return answersUser ? { send, when: '3xx' } : { send }
}

function translated(line: string, number: number): string {
  if (line.includes('${'))
    throw badArgument(`Line ${number} of the login sequence holds a \${, which means something else here.`)
  return line.replace(/%.?/gu, (letter) => {
    const text = LETTERS[letter]
    if (text !== undefined) return text
    throw badArgument(
      `Line ${number} of the login sequence holds ${JSON.stringify(letter)}, which stands for nothing.`,
      'Known are %h %u %p %a %s %w, and %% for a per cent sign.',
    )
  })
}
