/** What a stage asks before it runs: of the run, of the person, of the jobs that it needs. */
import { type Condition, isAboutOthers } from '../conditions/condition.ts'
import { type Leaf, print, type Words } from '../conditions/print.ts'
import { branchPattern } from '../globs.ts'
import type { Lowered, LoweredJob, Trigger } from '../lowered.ts'
import { groovy, inputName, keysOf, listOf } from './groovy.ts'

export function whenOf(lowered: Lowered, job: LoweredJob): string {
  const own = job.when === undefined ? undefined : conditionOf(lowered, job, job.when)
  const asks = job.when !== undefined && isAboutOthers(job.when)
  const needs = job.isFinal && job.needs.length === 0 ? [] : job.needs
  const succeeded = asks ? [] : needsOf(lowered, needs).map((need) => isEnd(need, 'succeeded'))
  const all = ['isWanted()', ...succeeded, ...(own === undefined ? [] : [`(${own})`])]
  return all.join(' && ')
}

const isEnd = (job: LoweredJob, end: string) => `endOf(${listOf(job)}) == '${end}'`
const needsOf = ({ jobs }: Lowered, names: readonly string[]) =>
  jobs.filter(({ name }) => names.includes(name))

export function triggered({ push, pullRequest, isManual }: Lowered): string {
  const one = (event: string, branch: string, { branches = [] }: Trigger) => {
    const wanted = branches.filter((each) => !each.startsWith('!'))
    const unwanted = branches.flatMap((each) => (each.startsWith('!') ? [each.slice(1)] : []))
    const matches = (patterns: readonly string[]) =>
      `${branch}.matches(${groovy(branchPattern(patterns))})`
    return [
      `eventOf() == '${event}'`,
      ...(wanted.length > 0 ? [matches(wanted)] : []),
      ...(unwanted.length > 0 ? [`!${matches(unwanted)}`] : []),
    ].join(' && ')
  }
  const any = [
    ...(push === undefined ? [] : [one('push', 'branchOf()', push)]),
    ...(pullRequest === undefined
      ? []
      : [one('pullRequest', "(env.CHANGE_TARGET ?: '')", pullRequest)]),
    ...(isManual ? ["eventOf() == 'manual'"] : []),
  ]
  return any.length === 1 ? (any[0] ?? 'true') : any.map((each) => `(${each})`).join(' || ')
}

export function conditionOf(
  lowered: Lowered,
  job: LoweredJob,
  condition: Condition,
): string | undefined {
  const words: Words = {
    and: ' && ',
    or: ' || ',
    not: (inner) => `!(${inner})`,
    constant: String,
    leaf: (leaf, isNegated) => {
      const text = leafOf(lowered, job, leaf)
      return text === undefined ? undefined : isNegated ? `!(${text})` : text
    },
  }
  return print(condition, words)
}

function leafOf(lowered: Lowered, job: LoweredJob, leaf: Leaf): string | undefined {
  const main = lowered.jobs.filter(({ isFinal }) => !isFinal)
  switch (leaf.kind) {
    case 'text': {
      const { of, operator, text } = leaf
      if (of.is === 'ref') return undefined
      const subject = {
        event: 'eventOf()',
        branch: 'branchOf()',
        sha: 'env.GIT_COMMIT',
        input: of.is === 'input' ? `params.${inputName(of.name)}.toString()` : '',
      }[of.is]
      if (operator === '==') return `${subject} == ${groovy(text)}`
      return `${subject}.${operator}(${groovy(text)})`
    }
    case 'outcome': {
      const [other] = needsOf(lowered, [leaf.job])
      return other === undefined ? undefined : isEnd(other, leaf.is)
    }
    case 'asks':
      if (leaf.what === 'always') return 'true'
      return needsOf(lowered, job.needs)
        .map((need) => isEnd(need, leaf.what))
        .join(leaf.what === 'failed' ? ' || ' : ' && ')
    case 'ended': {
      const ends = `endOf([${main.flatMap(keysOf).map(groovy).join(', ')}])`
      // What was left out does not make a run anything but succeeded.
      return leaf.as === 'succeeded'
        ? `${ends} in ['succeeded', 'skipped']`
        : `${ends} == '${leaf.as}'`
    }
  }
}
