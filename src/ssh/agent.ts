import type { BaseAgent } from 'ssh2'

/**
 * An agent whose answers are dropped when the connection has ended meanwhile: ssh2 would write to it, and that throws where nobody
 * can catch it.
 */
export function guardedAgent(agent: BaseAgent, alive: () => boolean): BaseAgent {
  const identities = agent.getIdentities.bind(agent)
  agent.getIdentities = (tell) =>
    identities((error, keys) => {
      if (alive()) tell(error, keys)
    })
  return guardSigning(agent, alive)
}

function guardSigning(agent: BaseAgent, alive: () => boolean): BaseAgent {
  const sign: (...args: unknown[]) => void = agent.sign.bind(agent)
  agent.sign = (key: unknown, data: unknown, ...rest: unknown[]) => {
    const tell = rest.pop()
    const guarded = (...answer: unknown[]): void => {
      if (alive() && typeof tell === 'function') tell(...answer)
    }
    sign(key, data, ...rest, guarded)
  }
  return agent
}
