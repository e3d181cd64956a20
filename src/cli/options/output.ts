import type { OptionSpec } from './spec.js'

export const OUTPUT: readonly OptionSpec[] = [
  {
    name: 'json',
    group: 'output',
    help: 'One JSON object a line on the standard output; see "JSON lines" in docs/CLI.md.',
    sets: () => ({ json: true }),
  },
  {
    name: 'quiet',
    short: 'q',
    group: 'output',
    help: 'No progress and no summary; errors and warnings stay.',
    sets: () => ({ quiet: true }),
  },
  {
    name: 'verbose',
    short: 'v',
    group: 'output',
    help: 'Print the control connection on the standard error; secrets are masked.',
    sets: () => ({ verbose: true }),
  },
]
