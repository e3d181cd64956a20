// What the rows have moved: each function makes the files on the ground of one server and answers the job, with the check of what a
// client has done. `target` is what is removed before each run and after its check.
import { execFileSync } from 'node:child_process'
import { closeSync, existsSync, ftruncateSync, mkdirSync, openSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const MIB = 2 ** 20

/** One file to the disk. */
export const fileDown = (mib) => (ground) => {
  const source = randomFile(join(ground.home, 'big.bin'), mib)
  const target = join(ground.dir, 'local')
  return { task: 'download', remote: 'big.bin', local: target, target, check: () => sameFile(source, target) }
}

/** One file from the disk. */
export const fileUp = (mib) => (ground) => {
  const source = randomFile(join(ground.home, 'big.bin'), mib)
  const target = join(ground.home, 'up', 'big.bin')
  return { task: 'upload', remote: 'up/big.bin', local: source, target, check: () => sameFile(source, target) }
}

/** A tree of small files to the disk. */
export const treeDown = (shape) => (ground) => {
  const source = smallTree(join(ground.home, 'small'), shape)
  const target = join(ground.dir, 'local')
  return { task: 'tree-download', remote: 'small', local: target, target, check: () => sameTree(source, target) }
}

/** A tree of small files from the disk. */
export const treeUp = (shape) => (ground) => {
  const source = smallTree(join(ground.home, 'small'), shape)
  const target = join(ground.home, 'up', 'small')
  return { task: 'tree-upload', remote: 'up/small', local: source, target, check: () => sameTree(source, target) }
}

/** Lists a directory; clients that only copy the text print a line for each entry, the others their number. */
export const listing = (count) => (ground) => {
  const dir = join(ground.home, 'many')
  mkdirSync(dir)
  for (let i = 0; i < count; i++) closeSync(openSync(join(dir, `entry-${i}.txt`), 'w'))
  const check = (output) => {
    const lines = output.split('\n').length - 1
    const told = lines === 1 ? Number(output) : lines
    if (told !== count) throw new Error(`${told} entries instead of ${count}`)
  }
  return { task: 'list', remote: 'many', check }
}

/** A sparse file into a stream that throws it away. */
export const discarded = (mib) => (ground) => {
  const file = openSync(join(ground.home, 'sparse.bin'), 'w')
  ftruncateSync(file, mib * MIB)
  closeSync(file)
  return { task: 'discard', remote: 'sparse.bin', check: (output) => sameNumber(Number(output), mib * MIB, 'bytes') }
}

/** Time from the connecting call to the first byte of a file; the client prints the seconds. */
export const firstByte = () => (ground) => {
  writeFileSync(join(ground.home, 'small.bin'), Buffer.alloc(4096, 1))
  const check = (output) => {
    if (!(Number(output) > 0)) throw new Error(`it told '${output.trim()}' instead of seconds`)
  }
  return { task: 'first-byte', remote: 'small.bin', check }
}

/** Programs that start; each client is a command line of its own. The one-file transfer among them is checked. */
export const startUp = () => (ground) => {
  const source = join(ground.home, 'hello.txt')
  const target = join(ground.dir, 'local')
  const check = () => existsSync(target) && sameFile(source, target)
  return { task: 'start-up', remote: 'hello.txt', local: target, target, check }
}

function randomFile(path, mib) {
  if (!existsSync(path)) execFileSync('sh', ['-c', 'head -c "$0" /dev/urandom >"$1"', String(mib * MIB), path])
  return path
}

function smallTree(root, { folders, each, bytes }) {
  if (existsSync(root)) return root
  const name = (number) => String(number).padStart(3, '0')
  for (let folder = 0; folder < folders; folder++) {
    const dir = join(root, `d${name(folder)}`)
    mkdirSync(dir, { recursive: true })
    for (let file = 0; file < each; file++)
      writeFileSync(join(dir, `f${name(file)}`), Buffer.alloc(bytes, `${folder}/${file} `))
  }
  return root
}

function sameFile(source, target) {
  sameNumber(statSync(target).size, statSync(source).size, 'bytes')
  same('cmp', [source, target])
}

function sameTree(source, target) {
  same('diff', ['-rq', source, target])
}

function same(command, args) {
  try {
    execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  } catch (cause) {
    throw new Error(`wrong bytes: ${(cause.stdout || cause.stderr || cause.message).trim().split('\n')[0]}`)
  }
}

function sameNumber(told, wanted, what) {
  if (told !== wanted) throw new Error(`${told} ${what} instead of ${wanted}`)
}
