import { after } from 'node:test'
import { type LabName, type LabServer, startLab } from './lab.js'

/** Programs that the tests of one file share: each is started when it is first asked for, and ended with the file. */
export function sharedLab(): (name: LabName) => Promise<LabServer> {
  const running = new Map<LabName, Promise<LabServer>>()
  after(async () => {
    for (const server of running.values()) await (await server).stop()
  })
  return (name) => {
    const known = running.get(name) ?? startLab(name)
    running.set(name, known)
    return known
  }
}
