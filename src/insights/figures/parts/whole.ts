/**
 * The facts of all parts as those of everything at once: what `factsOf` makes of the whole log.
 * Lists are put together when somebody looks, from what was put together before and what changed
 * since.
 */
import type { Observation, ObservationType, Observed } from '../../observations/observation.ts'
import { columnsOf, type ServiceColumns } from '../columns.ts'
import { byDelivery } from '../facts/changes.ts'
import { inOrder } from '../facts/deployments.ts'
import type {
  ChangeFact,
  DeploymentFact,
  Facts,
  Failure,
  IncidentFact,
  RunFact,
  ServiceFact,
} from '../facts/facts.ts'
import { anomaliesOf } from '../facts/facts-of.ts'
import { byOpening } from '../facts/incidents.ts'
import { byEnd } from '../facts/runs.ts'
import { Anomalies, byInstant } from '../facts/told.ts'
import { Union } from './union.ts'

/** Of all parts together, and only until one of them is another. */
interface Sums {
  services?: ReadonlyMap<string, ServiceFact>
  inProgress?: readonly string[]
  anomalies?: Facts['anomalies']
  columns?: readonly ServiceColumns[]
}

export class Whole {
  readonly #parts = new Set<Facts>()
  readonly #deployments = new Union<DeploymentFact>(inOrder)
  readonly #changes = new Union<ChangeFact>(byDelivery)
  readonly #failures = new Union<Failure>((a, b) => inOrder(a.deployment, b.deployment))
  readonly #incidents = new Union<IncidentFact>(byOpening)
  readonly #runs = new Union<RunFact>(byEnd)
  readonly #told = new Map<ObservationType, Union<Observation>>()
  readonly #columnsOf = new WeakMap<Facts, readonly ServiceColumns[]>()
  readonly #commits: Facts['commits']
  #sums: Sums = {}

  /** `factsWith`: of the part that a commit would be in. */
  constructor(factsWith: (sha: string) => Facts | undefined) {
    const size = () => [...this.#parts].reduce((sum, { commits }) => sum + commits.size, 0)
    this.#commits = {
      has: (sha) => factsWith(sha)?.commits.has(sha) ?? false,
      get size() {
        return size()
      },
    }
  }

  replace(before: Facts | undefined, after: Facts | undefined): void {
    if (before === after) return
    if (before !== undefined) this.#parts.delete(before)
    if (after !== undefined) this.#parts.add(after)
    this.#deployments.replace(before?.deployments ?? [], after?.deployments ?? [])
    this.#changes.replace(before?.changes ?? [], after?.changes ?? [])
    this.#failures.replace(before?.failures ?? [], after?.failures ?? [])
    this.#incidents.replace(before?.incidents ?? [], after?.incidents ?? [])
    this.#runs.replace(before?.runs ?? [], after?.runs ?? [])
    for (const [type, union] of this.#told) union.replace(toldIn(before, type), toldIn(after, type))
    this.#sums = {}
  }

  /** Each list is put together when it is asked for, so that nobody waits for what nobody needs. */
  facts(asOf: number): Facts {
    const [lists, told] = [this.#lists(), { of: this.#toldOf() }]
    return {
      ...{ asOf, told, commits: this.#commits },
      get services() {
        return lists.services()
      },
      get deployments() {
        return lists.deployments.all()
      },
      get changes() {
        return lists.changes.all()
      },
      get failures() {
        return lists.failures.all()
      },
      get incidents() {
        return lists.incidents.all()
      },
      get runs() {
        return lists.runs.all()
      },
      get inProgress() {
        return lists.inProgress()
      },
      get anomalies() {
        return lists.anomalies()
      },
    }
  }

  /** The five of delivery of each service, as columns that are made once for each part. */
  columns(): readonly ServiceColumns[] {
    return (this.#sums.columns ??= [...this.#parts]
      .flatMap((part) => {
        const made = this.#columnsOf.get(part) ?? columnsOf(part)
        this.#columnsOf.set(part, made)
        return made
      })
      .sort((a, b) => (a.service < b.service ? -1 : 1)))
  }

  #lists() {
    return {
      deployments: this.#deployments,
      changes: this.#changes,
      failures: this.#failures,
      incidents: this.#incidents,
      runs: this.#runs,
      services: () =>
        (this.#sums.services ??= new Map(
          [...this.#parts].flatMap(({ services }) => [...services]),
        )),
      inProgress: () =>
        (this.#sums.inProgress ??= [...this.#parts].flatMap(({ inProgress }) => inProgress)),
      anomalies: () => (this.#sums.anomalies ??= this.#anomalies()),
    }
  }

  #anomalies(): Facts['anomalies'] {
    const sum = new Anomalies()
    for (const { anomalies } of this.#parts)
      for (const [name, count] of Object.entries(anomalies)) sum.count(name, count)
    return anomaliesOf(sum.all(), this.#commits.size)
  }

  #toldOf(): Facts['told']['of'] {
    return <T extends ObservationType>(type: T) => {
      const known = this.#told.get(type)
      const union = known ?? new Union<Observation>(byInstant)
      if (known === undefined) {
        for (const part of this.#parts) union.replace([], toldIn(part, type))
        this.#told.set(type, union)
      }
      return union.all() as unknown as readonly Observed<T>[]
    }
  }
}

const toldIn = (facts: Facts | undefined, type: ObservationType): readonly Observation[] =>
  facts?.told.of(type) ?? []
