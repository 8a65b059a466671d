/** Observations in, facts out: the whole way, as it was known at an instant. */
import type { Observation } from '../../observations/observation.ts'
import { environmentsOf, servicesOf } from './catalog.ts'
import { changesOf } from './changes.ts'
import { deploymentsOf } from './deployments.ts'
import type { Facts } from './facts.ts'
import { failuresOf } from './failures.ts'
import { graphOf } from './graph.ts'
import { incidentsOf } from './incidents.ts'
import { runsOf } from './runs.ts'
import { Anomalies, toldBy } from './told.ts'

export function factsOf(observations: readonly Observation[], asOf: number): Facts {
  const facts = partialFacts(observations, asOf)
  return { ...facts, anomalies: anomaliesOf(facts.anomalies, facts.commits.size) }
}

/** Where nobody tells commits, none is missing. */
export function anomaliesOf(
  { unknownCommit = 0, ...others }: Facts['anomalies'],
  commits: number,
): Facts['anomalies'] {
  const isOdd = commits > 0 && unknownCommit > 0
  const all = Object.entries(isOdd ? { ...others, unknownCommit } : others)
  return Object.fromEntries(all.sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** Of observations that share no name with any other (figures/parts): whether commits are told at
 * all is known of all together alone. */
export function partialFacts(observations: readonly Observation[], asOf: number): Facts {
  const told = toldBy(observations, asOf)
  const anomalies = new Anomalies()
  const services = servicesOf(told)
  const environments = environmentsOf(told)
  const { deployments, inProgress } = deploymentsOf({ told, services, environments, anomalies })
  const graph = graphOf(told, anomalies)
  const { changes, firsts } = changesOf(graph, deployments, { told, services, anomalies })
  const incidents = incidentsOf(told)
  const failures = failuresOf({ deployments, incidents, services, graph, firsts, anomalies })
  const runs = runsOf(told, services, graph)
  return {
    ...{ asOf, services, deployments, inProgress, changes, incidents, failures, runs, told },
    commits: new Set(graph.places.keys()),
    anomalies: anomalies.all(),
  }
}
