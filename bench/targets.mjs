// Figures of a row, and targets: what a target asks for, what came out, and whether that is enough. A figure that was not obtained
// (a run failed or moved wrong bytes) meets nothing.

/** The figures of one row: by client a list of rounds, or the reason why there are none. */
export class Figures {
  constructor(rounds, failures) {
    this.rounds = rounds
    this.failures = failures
  }

  get clients() {
    return Object.keys(this.rounds)
  }

  /** The middle of a column; undefined for a client whose row is void. */
  median(client, column) {
    return this.failures[client] ? undefined : median(this.rounds[client].map((round) => round[column]))
  }

  /** The middle of the quotients of each round: rounds of one row lie side by side, so that what disturbs one disturbs both. */
  ratio(client, peer, column) {
    if (this.failures[client] || this.failures[peer]) return undefined
    return median(this.rounds[client].map((round, at) => round[column] / this.rounds[peer][at][column]))
  }

  /** The most of a column in any round. */
  most(client, column) {
    return this.failures[client] ? undefined : Math.max(...this.rounds[client].map((round) => round[column]))
  }
}

function median(numbers) {
  const sorted = numbers.toSorted((one, other) => one - other)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/** Each target names the client it is about, or means the first one of its row: us. */
const ours = (figures, who) => who ?? figures.clients[0]

const atMost = (limit, text, value) => ({
  text,
  judge(figures) {
    const got = value(figures)
    return { limit, got, met: got === undefined ? undefined : got <= limit }
  },
})

/** Wall time over that of a peer. */
export const ratio = (limit, peer, who) =>
  atMost(limit, `${who ?? 'wall'} ≤ ${limit} of ${peer}`, (figures) => figures.ratio(ours(figures, who), peer, 'wall'))

/** Wall time over that of whichever peer is fastest. */
export const fastestPeer = (limit) =>
  atMost(limit, `wall ≤ ${limit} of the fastest peer`, (figures) => {
    const [us, ...peers] = figures.clients
    const obtained = peers.map((peer) => figures.ratio(us, peer, 'wall')).filter((one) => one !== undefined)
    return obtained.length === 0 ? undefined : Math.max(...obtained)
  })

/** Peak memory in MiB, the largest of all rounds. */
export const memory = (limit) =>
  atMost(limit, `peak RSS ≤ ${limit} MiB`, (figures) => figures.most(figures.clients[0], 'rss'))

/** Round trips a file. */
export const trips = (limit, who) =>
  atMost(limit, `${who} ≤ ${limit} round trips a file`, (figures) => figures.median(who, 'trips'))

/** Wall time of eight sessions over an eighth of one's. */
export const eighth = (limit, eight, one) =>
  atMost(limit, `${eight} ≤ ${limit} of an eighth of ${one}`, (figures) => {
    const got = figures.ratio(eight, one, 'wall')
    return got === undefined ? undefined : got * 8
  })

/** That it went through at all, in every round. */
export const noFailure = () => ({
  text: 'no failure',
  judge: (figures) => ({ limit: 0, got: 0, met: figures.failures[figures.clients[0]] ? undefined : true }),
})
