/** The kinds of manifest that can be applied: each room's schema, and the command it becomes. */
import {
  environmentManifest,
  type EnvironmentManifest,
  environmentSpec,
  serviceManifest,
  type ServiceManifest,
  serviceSpec,
} from '#catalog/commands.ts'
import { environments, services as servicesQuery } from '#catalog/queries.ts'
import { environmentThings, services } from '#catalog/service.ts'
import { wish } from '#engine/engine.ts'
import { digestOf, newId } from '#engine/ids.ts'
import type { Reads } from '#engine/sql.ts'
import { policyDocument, policyManifest, type PolicyManifest } from '#gates/commands.ts'
import { policies } from '#gates/policy.ts'
import type { ApplyNeeds, ManifestKind } from '#http/apply.ts'
import { pipelineManifest, type PipelineManifest } from '#pipelines/language/manifest.ts'
import { planPipeline } from '#pipelines/language/plan.ts'
import {
  declareFreeze,
  freezeManifest,
  type FreezeManifest,
  windowManifest,
  type WindowManifest,
} from '#releases/commands.ts'
import { freezes } from '#releases/freeze.ts'
import { timetableProblem } from '#releases/queries/timetable.ts'
import { windowProblem, windows } from '#releases/window.ts'
import {
  flagManifest,
  type FlagManifest,
  flagRules,
  flagSpec,
  type PlannedRules,
} from '#rollouts/flags/commands.ts'
import { flags } from '#rollouts/flags/flag.ts'
import { releasePlanManifest, type ReleasePlanManifest } from '#rollouts/plans/commands.ts'
import { releasePlans } from '#rollouts/plans/release-plan.ts'
import { wishProblem } from '#rollouts/plans/spec.ts'
import {
  releaseTrainManifest,
  type ReleaseTrainManifest,
  trainProblem,
  trains,
  trainSpec,
} from '#rollouts/plans/train.ts'
import { foretellPolicy } from '#rollouts/queries/foretold.ts'
import { plannedRules } from '#rollouts/queries/flags.ts'
import { planSpec } from '#rollouts/queries/plans.ts'

const service: ManifestKind = {
  kind: 'Service',
  schema: serviceManifest,
  references(value) {
    const { spec } = value as ServiceManifest
    return [
      ...spec.path.map((name, i) => ({ kind: 'Environment', name, path: ['spec', 'path', i] })),
      ...spec.dependsOn.map((name, i) => ({
        kind: 'Service',
        name,
        path: ['spec', 'dependsOn', i],
      })),
    ]
  },
  wish(value, asked) {
    const spec = serviceSpec(value as ServiceManifest)
    const command = { type: 'service.apply', ...asked, spec } as const
    return wish({ thing: services, id: spec.name, command })
  },
}

const environment: ManifestKind = {
  kind: 'Environment',
  schema: environmentManifest,
  references: () => [],
  wish(value, asked) {
    const spec = environmentSpec(value as EnvironmentManifest)
    const command = { type: 'environment.apply', ...asked, spec } as const
    return wish({ thing: environmentThings, id: spec.name, command })
  },
}

const policy: ManifestKind = {
  kind: 'Policy',
  schema: policyManifest,
  references: () => [],
  wish(value, asked) {
    const document = policyDocument(value as PolicyManifest)
    const digest = digestOf(document)
    const command = { type: 'policy.apply', ...asked, document, digest } as const
    return wish({ thing: policies, id: document.name, command })
  },
  async foretell(value, engine) {
    const document = policyDocument(value as PolicyManifest)
    return foretellPolicy(engine, { document, digest: digestOf(document) })
  },
}

const freeze: ManifestKind = {
  kind: 'Freeze',
  schema: freezeManifest,
  references(value) {
    const { environments: places, services: names } = declareFreeze(value as FreezeManifest, NOBODY)
    return [
      ...places.filter(isOne).map((name) => ({ kind: 'Environment', name, path: ['spec'] })),
      ...names.filter(isOne).map((name) => ({ kind: 'Service', name, path: ['spec'] })),
    ]
  },
  wish(value, asked) {
    const command = declareFreeze(value as FreezeManifest, asked)
    return wish({ thing: freezes, id: command.freeze, command })
  },
}

const window: ManifestKind = {
  kind: 'Window',
  schema: windowManifest,
  references(value) {
    const { environments: places = [], services: names = [] } = (value as WindowManifest).spec.scope
    const path = ['spec', 'scope']
    return [
      ...places.filter(isOne).map((name) => ({ kind: 'Environment', name, path })),
      ...names.filter(isOne).map((name) => ({ kind: 'Service', name, path })),
    ]
  },
  check(value) {
    const problem = windowProblem((value as WindowManifest).spec)
    return problem === undefined ? [] : [{ ...problem, path: ['spec', problem.field] }]
  },
  wish(value, asked) {
    const { metadata, spec } = value as WindowManifest
    const command = { type: 'window.apply', ...asked, window: metadata.name, spec } as const
    return wish({ thing: windows, id: metadata.name, command })
  },
}

const releasePlan: ManifestKind = {
  kind: 'ReleasePlan',
  schema: releasePlanManifest,
  references(value) {
    const { environment: name, items } = (value as ReleasePlanManifest).spec
    return [
      { kind: 'Environment', name, path: ['spec', 'environment'] },
      ...items.map((item, i) => ({
        kind: 'Service',
        name: item.service,
        path: ['spec', 'items', i, 'service'],
      })),
    ]
  },
  check(value) {
    const problem = wishProblem((value as ReleasePlanManifest).spec)
    return problem === undefined ? [] : [{ ...problem, path: ['spec'] }]
  },
  wish(value, asked) {
    const { metadata, spec: wanted } = value as ReleasePlanManifest
    const { name: id } = metadata
    return wish({
      thing: releasePlans,
      id,
      async command({ reads }) {
        const spec = await planSpec(reads, wanted, { kind: 'named' })
        if ('rejected' in spec) return spec
        return { type: 'plan.plan', ...asked, plan: id, spec } as const
      },
    })
  },
}

const releaseTrain: ManifestKind = {
  kind: 'ReleaseTrain',
  schema: releaseTrainManifest,
  references(value) {
    const { from, to, services: names } = (value as ReleaseTrainManifest).spec
    return [
      { kind: 'Environment', name: from, path: ['spec', 'from'] },
      { kind: 'Environment', name: to, path: ['spec', 'to'] },
      ...names.map((name, i) => ({ kind: 'Service', name, path: ['spec', 'services', i] })),
    ]
  },
  check(value) {
    const spec = trainSpec(value as ReleaseTrainManifest)
    const problem = trainProblem(spec) ?? timetableProblem(spec)
    return problem === undefined ? [] : [{ ...problem, path: ['spec', problem.field] }]
  },
  wish(value, asked) {
    const { name: id } = (value as ReleaseTrainManifest).metadata
    const spec = trainSpec(value as ReleaseTrainManifest)
    const command = { type: 'train.apply', ...asked, train: id, spec } as const
    return wish({ thing: trains, id, command })
  },
}

const flag: ManifestKind = {
  kind: 'Flag',
  schema: flagManifest,
  references(value) {
    const { service: name, environments: places } = (value as FlagManifest).spec
    return [
      { kind: 'Service', name, path: ['spec', 'service'] },
      ...Object.keys(places).map((place) => ({
        kind: 'Environment',
        name: place,
        path: ['spec', 'environments', place],
      })),
    ]
  },
  wish(value, asked) {
    const { metadata, spec: given } = value as FlagManifest
    const { name: id } = metadata
    const spec = flagSpec(value as FlagManifest)
    return wish({
      thing: flags,
      id,
      async command({ reads }) {
        const plans: PlannedRules[] = []
        for (const [place, rules] of Object.entries(given.environments)) {
          const about = { environment: place, change: newId('flg', asked.at) }
          const wanted = { ...about, rules: flagRules(rules), reason: 'By its manifest.' }
          const plan = await plannedRules(reads, { flag: id, service: spec.service }, wanted)
          if ('rejected' in plan) return plan
          plans.push(plan)
        }
        return { type: 'flag.define', ...asked, flag: id, spec, plans } as const
      },
    })
  },
}

const NOBODY = { at: 0, by: '' }
const isOne = (name: string) => name !== '*'

/** Checked when it is applied, and read from its repository at each run. */
const pipeline: ManifestKind = {
  kind: 'Pipeline',
  schema: pipelineManifest,
  references: () => [],
  check(value) {
    const planned = planPipeline((value as PipelineManifest).spec)
    return 'problems' in planned ? planned.problems : []
  },
  wish: () => undefined,
}

const NAMES: Readonly<Record<string, (reads: Reads) => Promise<readonly { name: string }[]>>> = {
  Service: servicesQuery,
  Environment: environments,
}

export const applyNeeds: ApplyNeeds = {
  kinds: [service, environment, policy, freeze, window, pipeline, releasePlan, releaseTrain, flag],
  async known(reads, kind) {
    return ((await NAMES[kind]?.(reads)) ?? []).map(({ name }) => name)
  },
}
