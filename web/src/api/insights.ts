/** What the server answers about figures: the types of its own functions. */
import type {
  Counted,
  DeliveredChange,
  DeploymentFact,
  Dora as Figures,
  Figure,
  NoFigure,
} from '../../../src/insights/dora.ts'
import type { PipelineFigures } from '../../../src/pipelines/performance/bottlenecks.ts'
import type { Targets } from '../../../src/insights/targets.ts'

export type { DeliveredChange, Figure, Figures, NoFigure, Targets }

export type Dora = Figures & {
  readonly service: string | null
  readonly from: number
  readonly to: number
  /** Of the service's tier; null: of all services there is none. */
  readonly targets: Targets | null
}

export type CountedDeployment = DeploymentFact & { readonly counted: Counted }

export type Pipelines = PipelineFigures & {
  readonly from: number
  readonly to: number
  /** One run in so many was looked at. */
  readonly every: number
}
