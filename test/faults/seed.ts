/**
 * The seed of all random choices of a run. `SALLYPORT_SEED=N` repeats the choices of an earlier one; what the machine did meanwhile it
 * cannot repeat.
 */
export function seedOf(usual: number): number {
  const given = process.env.SALLYPORT_SEED
  return given === undefined ? usual : Number(given) >>> 0
}

/** A seed that no run had before, for the long runs. */
export function newSeed(): number {
  return Math.floor(Math.random() * 2 ** 32)
}

/** Number of repetitions, unless `SALLYPORT_TIMES` sets it. */
export function timesOf(usual: number): number {
  return Number(process.env.SALLYPORT_TIMES ?? usual)
}
