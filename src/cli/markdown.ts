import { flagText } from './flags.js'
import { GROUP_TITLES, OPTIONS, type OptionGroup } from './options/options.js'
import { EXIT_CODES, EXIT_MEANINGS } from './report/exit-codes.js'
import { JSON_LINES } from './report/json.js'
import { VERBS } from './verbs.js'

const INTRO = `# The command \`sallyport\`

This page is made from the tables that the command itself reads; \`sallyport --help-markdown\` prints it.

    sallyport VERB [options] ...

A URL is \`ftp://[user@]host[:port]/path\`; \`ftpes://\` is FTP with explicit TLS, \`ftps://\` with implicit TLS. The path is relative to the login directory; with \`//\` in front it begins at the
server's root. Characters such as \`@ : / # ? %\` in a name are written \`%40 %3A %2F %23 %3F %25\`. What was asked for goes to the
standard output; progress, summaries, warnings and errors go to the standard error.`

const PASSWORDS = `## Passwords

A password need not be on the command line. In this order: \`--password-env NAME\` or \`--password-stdin\`; the URL (draws a
warning: other users of the machine can see it); \`--netrc\`; and on a terminal, when a user but no password is given, a question
whose answer is not shown. The proxy's password comes from \`--proxy-password-env NAME\`.`

const JSON_INTRO = `## JSON lines

With \`--json\` every line of the standard output is one JSON object with a \`type\`; errors and warnings too. Where a file itself goes to
the standard output (\`cat\`, \`get URL -\`), the lines go to the standard error. Members that are not known are left out; more may be
added. Bytes of a name that are not valid in the charset stand as \`\\udc80\` to \`\\udcff\`.`

const INTERRUPT = `The first SIGINT (or SIGTERM) cancels, cleans up and exits with 130; a second one exits at once. When the reader of the standard output closes
it (\`| head\`), the command exits quietly with 0. Of several failures the first one decides.`

/** Returns docs/CLI.md, generated from the tables. */
export function markdown(): string {
  const exits = Object.entries(EXIT_MEANINGS).map(([code, meaning]) => [code, meaning, codesFor(Number(code))])
  const lines = JSON_LINES.map(({ type, verbs, members }) => [`\`${type}\``, verbs, members])
  return `${[
    INTRO,
    `## Verbs`,
    table(
      ['verb', 'does'],
      VERBS.map(({ name, words, summary }) => [code(`${name} ${words}`), summary]),
    ),
    ...VERBS.map(verbText),
    `## Options`,
    ...groups().map(groupText),
    PASSWORDS,
    `## Exit codes`,
    table(['code', 'says', 'error codes'], exits),
    'An error of the local disk is 10 whatever its code; a timeout, a lost session or an invalid reply before the login is 3.',
    INTERRUPT,
    JSON_INTRO,
    table(['type', 'verbs', 'members'], lines),
  ].join('\n\n')}\n`
}

function verbText(verb: (typeof VERBS)[number]): string {
  const options = verb.options.map((one) => (typeof one === 'string' ? GROUP_TITLES[one] : code(`--${one.only}`)))
  return (
    `### ${verb.name}\n\n    sallyport ${verb.name} ${verb.words}`.trimEnd() +
    `\n\n${verb.summary} ${verb.details}\n\nOptions: ${[...new Set(options)].join(', ')}.`
  )
}

/** Returns the groups in the order of the table; groups that share a title are joined. */
function groups(): { title: string; of: OptionGroup[] }[] {
  const names = [...new Set(OPTIONS.map(({ group }) => group))]
  const titles = [...new Set(names.map((name) => GROUP_TITLES[name]))]
  return titles.map((title) => ({ title, of: names.filter((name) => GROUP_TITLES[name] === title) }))
}

function groupText({ title, of }: { title: string; of: OptionGroup[] }): string {
  const specs = OPTIONS.filter(({ group }) => of.includes(group))
  return `### ${title}\n\n${table(
    ['option', 'does'],
    specs.map((spec) => [code(flagText(spec)), spec.help]),
  )}`
}

function codesFor(exit: number): string {
  const codes = Object.entries(EXIT_CODES).filter(([, code]) => code === exit)
  return codes.map(([name]) => code(name)).join(', ')
}

function code(text: string): string {
  return `\`${text.trim()}\``
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [heads, heads.map(() => '---'), ...rows]
  return lines.map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`).join('\n')
}
