/**
 * The files of one CI system for one pipeline. The same definition makes the same bytes; what the
 * target cannot do is refused by job, feature and remedy before anything is written.
 */
import { withTemplate } from '../language/template.ts'
import type { PlanProblem } from '../language/problem.ts'
import { planPipeline } from '../language/plan.ts'
import { buildkite } from './buildkite.ts'
import { CI_SCRIPT, CI_SCRIPT_PATH } from './ci-script.ts'
import { circleci } from './circleci.ts'
import { featuresOf } from './features.ts'
import type { GeneratedFile, Generator } from './generator.ts'
import { github } from './github/github.ts'
import { gitlab } from './gitlab.ts'
import { jenkins } from './jenkins/jenkins.ts'
import { lower, type Source } from './lower.ts'
import { refusals, type Target, TARGETS } from './targets.ts'

/** A higher number when the same definition makes other files: then `ci check` says so. */
export const GENERATOR_VERSION = 2

const GENERATORS: Readonly<Record<Target, Generator>> = {
  github,
  gitlab,
  jenkins,
  circleci,
  buildkite,
}

export interface WrittenFile {
  readonly path: string
  readonly text: string
}

export interface Definition extends Source {
  /** Whether a person named the image: then it stands in the head of the file. */
  readonly isImageAsked?: boolean
  /** The manifest, from the root of the repository. */
  readonly file?: string
}

export function generate(
  definition: Definition,
  target: Target,
): { readonly files: readonly WrittenFile[] } | { readonly problems: readonly PlanProblem[] } {
  const planned = planPipeline(definition.spec)
  return 'problems' in planned ? planned : generateChecked(definition, target)
}

/** Of a pipeline that the planner has found right. */
export function generateChecked(
  definition: Definition,
  target: Target,
): { readonly files: readonly WrittenFile[] } | { readonly problems: readonly PlanProblem[] } {
  const { spec } = withTemplate(definition.spec)
  const refused = refusals(target, featuresOf(spec))
  if (refused.length > 0) return { problems: refused }
  const source = {
    ...definition,
    spec,
    known: { ...definition.known, vars: { ...spec.vars, ...definition.known.vars } },
  }
  const lowered = lower(source, target)
  if ('problems' in lowered) return lowered
  const generated = GENERATORS[target](lowered)
  if ('problems' in generated) return generated
  const { known, directory, branch, image, report, digestOf, isImageAsked = false } = source
  const written = { target, file: source.file ?? MANIFEST }
  const asked = { ...written, ...(isImageAsked && { image }), ...(report && { report }) }
  const digest = digestOf({ spec, known, directory, branch, image, target })
  return {
    files: [
      ...generated.files.map((file) => headed(file, asked, digest)),
      { path: CI_SCRIPT_PATH, text: `${SCRIPT_HEAD}${CI_SCRIPT}` },
    ],
  }
}

const SCRIPT_HEAD = `#!/bin/sh
# Written by signalbox ci generate, version ${GENERATOR_VERSION}. What generated jobs share.
`

const MANIFEST = 'signalbox.yaml'

interface Asked {
  readonly target: Target
  readonly file: string
  readonly image?: string | undefined
  readonly report?: string | undefined
}

const WRITTEN = 'Written by signalbox ci generate --for'

function headed({ path, text, comment }: GeneratedFile, asked: Asked, digest: string) {
  const image = asked.image === undefined ? '' : ` --image ${asked.image}`
  const file = asked.file === MANIFEST ? '' : ` --file ${asked.file}`
  const report = asked.report === undefined ? '' : ` --report ${asked.report}`
  const head = [
    `${WRITTEN} ${asked.target}${file}${image}${report}. Edit ${MANIFEST} instead.`,
    `source ${digest}, generator ${GENERATOR_VERSION}`,
  ]
  return { path, text: `${head.map((line) => `${comment} ${line}\n`).join('')}${text}` }
}

/** What a file was asked for with, from its head; undefined for a file that is none of ours. */
export function requestIn(text: string): Asked | undefined {
  const [line = ''] = text.split('\n', 1)
  const [, name, file = MANIFEST, image, report] = HEAD.exec(line) ?? []
  const target = TARGETS.find((one) => one === name)
  if (target === undefined) return undefined
  return { target, file, ...(image !== undefined && { image }), ...(report && { report }) }
}

const HEAD = new RegExp(
  `${WRITTEN} ([a-z]+)(?: --file (\\S+))?(?: --image (\\S+))?(?: --report (\\S+))?[.] Edit`,
)
