/** From the manifest of a repository to the jobs of a run on this machine, or what is wrong. */
import type { HereRequest, Refused } from '#cli/here.ts'
import type { Placed } from '#cli/paved.ts'
import type { RunFacts } from '#pipelines/events.ts'
import { inputsOf } from '#pipelines/language/inputs.ts'
import { planPipeline } from '#pipelines/language/plan.ts'
import type { Head } from './local/head.ts'
import type { HerePlan } from './local/known-plan.ts'
import { definitionIn, placed } from './paved-road.ts'

export function planHere(
  { repository, inputs }: Pick<HereRequest, 'repository' | 'inputs'>,
  { branch, sha }: Head,
): HerePlan | Refused {
  const { file, text } = repository
  const read = definitionIn(file, text)
  if ('problems' in read) return read
  const { spec, known } = read.definition
  const given = inputsOf(spec, inputs)
  if ('problem' in given)
    return { problems: [at(file, given.problem.message, given.problem.remedy)] }
  const facts: RunFacts = {
    ...{ event: 'manual', branch, ref: `refs/heads/${branch}`, sha },
    service: known.service,
    tier: known.tier ?? 3,
    inputs: given.inputs,
    vars: spec.vars ?? {},
  }
  const plan = planPipeline(spec, facts)
  if ('problems' in plan) return { problems: placed(plan.problems, read.place) }
  return { jobs: plan.jobs, facts, finallyMs: plan.finallyMs }
}

const at = (file: string, message: string, remedy: string): Placed => ({
  ...{ file, line: 1, column: 1, message, remedy },
})
