import { Command, CommanderError, Option } from 'commander'
import { nearest } from '../index.js'
import { bindOptional, flagText, settingsFrom } from './flags.js'
import { GROUP_TITLES, OPTIONS, type OptionSpec, type Settings } from './options/options.js'
import { usage } from './options/usage.js'
import { optionsOf, VERBS, type Verb } from './verbs.js'
import { version } from './version.js'

/** What a command line requests: a verb, or a text to print. */
export type Request =
  | { readonly kind: 'verb'; readonly verb: Verb; readonly words: readonly string[]; readonly settings: Settings }
  | { readonly kind: 'text'; readonly text: string; readonly asked: boolean }

/** Parses a command line. Throws `bad-argument` for what cannot be parsed, with a suggestion. */
export function readCommandLine(words: readonly string[]): Request {
  const [first] = words
  if (first !== undefined && /^[a-z][a-z0-9+.-]*:\/\//i.test(first))
    throw usage('The first word is a URL; a verb comes before it.', 'Write sallyport ls URL, or sallyport get URL.')
  let shown = ''
  let request: Request | undefined
  const write = (text: string): void => {
    shown += text
  }
  const program = programFor(words, write, (found) => {
    request = found
  })
  try {
    program.parse(bindOptional(words), { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (!error.code.startsWith('commander.help') && error.code !== 'commander.version') throw asUsage(error, words)
    return { kind: 'text', text: shown, asked: error.exitCode === 0 }
  }
  return request ?? { kind: 'text', text: program.helpInformation(), asked: false }
}

/** Returns commander's message and its "Did you mean", without the word after a mistyped flag: it may be a password. */
function asUsage(error: CommanderError, words: readonly string[]): Error {
  const [first = '', ...rest] = error.message.replace(/^error: /, '').split('\n')
  const message = first.replace(/'(--[^'=\s]+)=.*'/s, "'$1'").replace(/'(-[^-'])[^']+'/s, "'$1'")
  const hint = rest.join(' ').replace(/^\(|\)$/g, '') || hintFor(error, words)
  const sentence = `${message.charAt(0).toUpperCase()}${message.slice(1)}`
  return usage(/[.?!]$/.test(sentence) ? sentence : `${sentence}.`, hint)
}

/** Suggests a flag; 'password' matches 'password-env' too. */
function hintFor({ code, message }: CommanderError, [first = '']: readonly string[]): string {
  const verb = VERBS.find(({ name }) => name === first)
  if (!verb && code === 'commander.unknownOption') return 'Options come after the verb: sallyport ls --json URL.'
  const flag = /'--([^'=\s]+)/.exec(message)?.[1]
  const names = verb && flag !== undefined ? optionsOf(verb).map(({ name }) => name) : []
  const heads = nearest(
    flag ?? '',
    names.map((name) => name.split('-')[0] ?? name),
  )
  const near = names.filter((name) => heads.includes(name.split('-')[0] ?? name)).slice(0, 3)
  if (near.length > 0) return `Did you mean ${near.map((name) => `--${name}`).join(' or ')}?`
  return `Try sallyport ${verb ? `${verb.name} ` : ''}--help.`
}

function termOfVerb(wanted: string): string {
  const verb = VERBS.find(({ name }) => name === wanted)
  return verb ? `${wanted} ${verb.words}`.trimEnd() : `${wanted} [VERB]`
}

function programFor(
  given: readonly string[],
  write: (text: string) => void,
  take: (request: Request) => void,
): Command {
  const program = new Command('sallyport')
    .description('Moves files to and from FTP servers, directly or through any FTP proxy, and proves what was moved.')
    .usage('VERB [options] ...')
    .configureOutput({ writeOut: write, writeErr: write })
    .configureHelp({ subcommandTerm: (command) => termOfVerb(command.name()) })
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .showSuggestionAfterError(true)
    .exitOverride()
    .addHelpText(
      'after',
      '\nsallyport VERB --help tells more. A URL is ftp://[user@]host[:port]/path; // in front of the path: from the root.',
    )
  for (const verb of VERBS) {
    const command = addVerb(program, verb)
    if (given.includes(verb.name)) addOptions(command, verb, take) // those of the other verbs are not needed
  }
  return program
}

function addVerb(program: Command, verb: Verb): Command {
  return program
    .command(verb.name)
    .summary(verb.summary)
    .description(`${verb.summary}\n\n${verb.details}`)
    .usage(`[options] ${verb.words}`.trimEnd())
    .helpOption('-h, --help', 'print this help')
    .argument('[words...]')
    .configureHelp({ visibleArguments: () => [], optionTerm: (option) => termOf(option) })
}

function addOptions(command: Command, verb: Verb, take: (request: Request) => void): void {
  const options = optionsOf(verb).map((spec) => [spec, optionFor(spec)] as const)
  for (const [, option] of options) command.addOption(option)
  command.action((words: string[], given: Record<string, unknown>) => {
    checkCount(verb, words.length)
    take({ kind: 'verb', verb, words, settings: settingsFrom(argumentsOf(options, given)) })
  })
}

function optionFor(spec: OptionSpec): Option {
  const { name, short, argument, help, group } = spec
  const value = argument === undefined || argument.startsWith('[') ? (argument ?? '') : `<${argument}>`
  const option = new Option(`${short ? `-${short}, ` : ''}--${name} ${value}`.trimEnd(), help)
    .helpGroup(`${GROUP_TITLES[group]}:`)
    .argParser((text: string, before: unknown) => (Array.isArray(before) ? [...before, text] : [text]))
  // commander takes --no-proxy for the negation of --proxy; here each flag is separate, so that both can be seen and refused.
  option.negate = false
  return option
}

function termOf(option: Option): string {
  const spec = OPTIONS.find(({ name }) => option.long === `--${name}`)
  return spec ? flagText(spec) : option.flags
}

/** Returns the arguments of each given flag; an empty list for a flag without one. */
function argumentsOf(
  options: readonly (readonly [OptionSpec, Option])[],
  given: Record<string, unknown>,
): Map<string, readonly string[]> {
  const found = new Map<string, readonly string[]>()
  for (const [spec, option] of options) {
    const value = given[option.attributeName()]
    if (Array.isArray(value)) found.set(spec.name, value)
    else if (value === true) found.set(spec.name, [])
  }
  return found
}

function checkCount({ name, words, count: [low, high] }: Verb, count: number): void {
  if (count >= low && count <= high) return
  const what = count < low ? 'Something is missing' : 'There are too many words'
  throw usage(`${what} after ${name}.`, `Write it like: sallyport ${name} ${words}`.trimEnd())
}
