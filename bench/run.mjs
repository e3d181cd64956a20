// run.mjs [--rounds N] [--only ROW,ROW…] [--quick] [--json]: compares Sallyport with other clients, in turn, on the same servers, in one run.
// docs/BENCH.md describes the rows. --only takes names of rows, or the beginnings of names with a * behind.
// The exit code is 1 when a figure was not obtained; a missed target is only reported.
import { parseArgs } from 'node:util'
import { measure, roomiest, startGround } from './ground.mjs'
import { machine, rowText, shownCommand, summary } from './report.mjs'
import { allRows } from './rows.mjs'
import { Figures } from './targets.mjs'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string' },
    only: { type: 'string' },
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
})
const rounds = Number(values.rounds ?? (values.quick ? 2 : 5))
if (!(rounds >= 1)) throw new Error(`--rounds is ${values.rounds}; it must be a number of 1 or more.`)
const rows = chosen(allRows(values.quick), values.only)
// The file on the server, its copy, and a tenth for everything else.
const space = roomiest(values.quick ? 512 : 3072)

if (!values.json) console.log(machine(space, rounds))
if (values.quick && !values.json)
  console.log('--quick: the sizes are not those of the targets; the verdicts say nothing.')
const results = []
for (const row of rows) {
  const result = await run(row)
  results.push(result)
  if (!values.json) console.log(rowText(result))
}
if (values.json) console.log(JSON.stringify(asData(results), undefined, 2))
else console.log(summary(results))
if (results.some(({ figures }) => Object.keys(figures.failures).length > 0)) process.exitCode = 1

function chosen(all, only) {
  if (only === undefined) return all
  const wanted = only.split(',')
  const fits = (name, word) => (word.endsWith('*') ? name.startsWith(word.slice(0, -1)) : name === word)
  const unknown = wanted.find((word) => !all.some(({ name }) => fits(name, word)))
  if (unknown) throw new Error(`There is no row ${unknown}; there are ${all.map(({ name }) => name).join(', ')}.`)
  return all.filter(({ name }) => wanted.some((word) => fits(name, word)))
}

async function run(row) {
  const ground = await startGround(row, space.dir)
  try {
    const job = { url: ground.url, ca: ground.ca, ssh: ground.ssh, ...row.work(ground) }
    const commands = Object.entries(row.clients).map(([client, command]) => [client, command(job.task, job)])
    const count = (row.rounds ? Math.min(row.rounds, rounds) : rounds) * (row.times ?? 1)
    const figures = measureAll(row, { ground, job, commands, count })
    return {
      row,
      figures,
      rounds: count,
      trip: ground.trip,
      peer: row.peer ?? 'basic-ftp',
      targets: row.targets.map(({ text, judge }) => ({ text, ...judge(figures) })),
      shown: Object.fromEntries(commands.map(([client, argv]) => [client, shownCommand(argv, ground)])),
    }
  } finally {
    await ground.stop()
  }
}

/** Every client once a round; who begins changes from round to round. A client that failed once is not run again: its figures are void. */
function measureAll(row, { ground, job, commands, count }) {
  const taken = Object.fromEntries(commands.map(([client]) => [client, []]))
  const failures = {}
  for (let round = 0; round < count; round++) {
    const turned = [...commands.slice(round % commands.length), ...commands.slice(0, round % commands.length)]
    for (const [client, argv] of turned.filter(([client]) => !failures[client])) {
      try {
        taken[client].push(figuresOf(row, ground, measure(ground, job, argv)))
      } catch (error) {
        failures[client] = `round ${round + 1}: ${error.message}`
      }
      tell(
        `${row.name} ${round + 1}/${count} ${client}: ${failures[client] ?? `${taken[client].at(-1).wall.toFixed(3)} s`}`,
      )
    }
  }
  return new Figures(taken, failures)
}

function figuresOf({ trips }, { trip }, { output, ...cost }) {
  return trips ? { ...cost, trips: trips.of({ ...cost, output }) / trip / trips.files } : cost
}

function tell(text) {
  process.stderr.write(`${text}\n`)
}

function asData(all) {
  return all.map(({ row, figures, rounds, trip, targets, shown }) => ({
    row: row.name,
    title: row.title,
    server: row.server,
    rounds,
    roundTripMs: trip,
    targets,
    clients: figures.clients.map((client) => ({
      client,
      command: shown[client],
      void: figures.failures[client],
      rounds: figures.rounds[client],
    })),
  }))
}
