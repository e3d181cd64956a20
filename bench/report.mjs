// The figures as text for people.
import { cpus } from 'node:os'

export function machine(space, rounds) {
  return `Node ${process.versions.node}, ${cpus().length} × ${cpus()[0].model}; ${space.note}; loopback; ${rounds} rounds unless a row says otherwise, order turned each round; medians, ratios are medians of each round's`
}

/** One row: a line for each client, its targets, the command lines. */
export function rowText({ row, figures, peer, targets, shown, rounds, trip }) {
  const where = `${row.server}${trip === undefined ? '' : `, round trip measured ${trip.toFixed(1)} ms`}, ${rounds} rounds`
  return [
    `\n${row.name}: ${row.title} (${where})`,
    heading(row, peer),
    ...figures.clients.map((client) => line(row, figures, client, peer)),
    ...targets.map(verdict),
    ...Object.values(shown).map((command) => `  $ ${command}`),
  ].join('\n')
}

function heading(row, peer) {
  const over = `× ${peer}`
  return cells('', ['wall s', over, 'CPU s', over, 'RSS MiB', over, ...(row.trips ? ['trips'] : [])])
}

function line(row, figures, client, peer) {
  if (figures.failures[client]) return `  ${client.padEnd(WIDEST)}  void: ${figures.failures[client]}`
  const columns = ['wall', 'cpu', 'rss'].flatMap((column) => [
    figures.median(client, column).toFixed(column === 'rss' ? 0 : 3),
    figures.ratio(client, peer, column)?.toFixed(2) ?? '–',
  ])
  return cells(client, [...columns, ...(row.trips ? [figures.median(client, 'trips').toFixed(2)] : [])])
}

const WIDEST = 20

function cells(first, rest) {
  return `  ${first.padEnd(WIDEST)}${rest.map((cell) => cell.padStart(12)).join('')}`
}

function verdict({ text, got, met }) {
  const word = met === undefined ? 'NOT OBTAINED' : met ? 'met' : 'MISSED'
  const value = got === undefined ? '–' : got.toFixed(2)
  return `  target ${text}: ${value}, ${word}`
}

/** The targets of all rows, once more in short. */
export function summary(results) {
  const lines = results.flatMap(({ row, targets }) =>
    targets.map((target) => `  ${row.name.padEnd(WIDEST)} ${verdict(target).trim()}`),
  )
  return `\nTargets\n${lines.join('\n')}`
}

/** A command line that can be typed in the package's root: words with blanks in quotes, the server's folder as WORK. */
export function shownCommand(argv, ground) {
  const folder = ground.dir.replace(/\/[^/]+$/, '')
  const words = argv.map((word) =>
    word.replaceAll(folder, 'WORK').replaceAll(`${process.cwd()}/`, '').replace(process.execPath, 'node'),
  )
  return words.map((word) => (/[\s;#[\]{}"'()]/.test(word) ? `'${word.replaceAll("'", `'\\''`)}'` : word)).join(' ')
}
