/** Inputs of a run that a person starts: as declared, and as given. */
import { nearest } from '#kernel/nearest.ts'
import type { Scalar } from '../events.ts'
import type { InputManifest, PipelineSpec } from './manifest.ts'
import type { PlanProblem } from './problem.ts'

export function inputProblems({ on }: PipelineSpec): PlanProblem[] {
  return Object.entries(on?.manual?.inputs ?? {}).flatMap(([name, input]) => {
    const path = ['spec', 'on', 'manual', 'inputs', name]
    if (input.type === 'choice' && input.options === undefined)
      return [{ path, message: `${name} is a choice of nothing.`, remedy: 'Give it options.' }]
    if (input.type !== 'choice' && input.options !== undefined)
      return [
        {
          path: [...path, 'options'],
          message: `${name} has options and is no choice.`,
          remedy: 'Write type: choice, or take the options away.',
        },
      ]
    if (input.default === undefined) return []
    const problem = valueProblem(name, input, input.default)
    return problem === undefined ? [] : [{ path: [...path, 'default'], ...problem }]
  })
}

export interface InputProblem {
  readonly message: string
  readonly remedy: string
}

/** What was given, with what was not: its default, or the empty value of its type. */
export function inputsOf(
  { on }: PipelineSpec,
  given: Readonly<Record<string, Scalar>> | undefined,
): { readonly inputs: Readonly<Record<string, Scalar>> } | { readonly problem: InputProblem } {
  const declared = on?.manual?.inputs ?? {}
  for (const name of Object.keys(given ?? {})) {
    if (Object.hasOwn(declared, name)) continue
    const known = Object.keys(declared)
    const close = nearest(name, known)
    const remedy =
      close !== undefined
        ? `Did you mean ${close}?`
        : known.length === 0
          ? 'The pipeline declares none: on.manual.inputs.'
          : `There is ${known.join(', ')}.`
    return { problem: { message: `This pipeline has no input ${name}.`, remedy } }
  }
  const inputs: Record<string, Scalar> = {}
  for (const [name, input] of Object.entries(declared)) {
    const value = given?.[name]
    if (value === undefined) {
      if (given !== undefined && input.required === true && input.default === undefined)
        return {
          problem: {
            message: `The input ${name} is missing.`,
            remedy: `Give it: ${hint(name, input)}.`,
          },
        }
      inputs[name] = input.default ?? emptyOf(input)
      continue
    }
    const read = readAs(input, value)
    const problem = valueProblem(name, input, read)
    if (problem !== undefined) return { problem }
    inputs[name] = read
  }
  return { inputs }
}

/** The command line knows texts alone. */
function readAs({ type }: InputManifest, value: Scalar): Scalar {
  if (typeof value !== 'string') return value
  if (type === 'boolean' && /^(true|false)$/.test(value)) return value === 'true'
  if (type === 'number' && value.trim() !== '' && Number.isFinite(Number(value)))
    return Number(value)
  return value
}

function emptyOf({ type, options }: InputManifest): Scalar {
  if (type === 'boolean') return false
  if (type === 'number') return 0
  return type === 'choice' ? (options?.[0] ?? '') : ''
}

function valueProblem(
  name: string,
  { type, options = [] }: InputManifest,
  value: Scalar,
): InputProblem | undefined {
  if (type === 'choice') {
    if (typeof value === 'string' && options.includes(value)) return undefined
    const close = nearest(String(value), options)
    const remedy = close === undefined ? `One of ${options.join(', ')}.` : `Did you mean ${close}?`
    return { message: `${name} cannot be ${JSON.stringify(value)}.`, remedy }
  }
  if (typeof value === type) return undefined
  return {
    message: `${name} is a ${type}, not ${JSON.stringify(value)}.`,
    remedy: `Give a ${type}.`,
  }
}

const hint = (name: string, { type, options }: InputManifest) =>
  `--input ${name}=<${type === 'choice' ? (options ?? []).join(' | ') : type}>`
