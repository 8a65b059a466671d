/** The views of the rooms that releasing needs. */
import { views as accessViews } from '#access/views.ts'
import { views as artifactViews } from '#artifacts/views.ts'
import { views as catalogViews } from '#catalog/views.ts'
import type { View } from '#engine/views.ts'
import { views as gateViews } from '#gates/views.ts'
import { views as operationViews } from '#operations/views.ts'
import { views as pipelineViews } from '#pipelines/views.ts'
import { views as releaseViews } from '#releases/views.ts'
import { views as rolloutViews } from '#rollouts/views/room.ts'

export const VIEWS: readonly View[] = [
  ...accessViews,
  ...catalogViews,
  ...pipelineViews,
  ...artifactViews,
  ...gateViews,
  ...releaseViews,
  ...rolloutViews,
  ...operationViews,
]
