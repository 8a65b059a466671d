/**
 * Where expressions may stand in a job, and whether those that stand there are right. A shell line
 * takes none: what a branch or a commit is called is chosen by whoever pushes it, and text that is
 * put into a shell is run by it. Such a value travels in a variable, where it is only text.
 */
import { bare } from './conditions.ts'
import { checkExpression } from './expressions/check.ts'
import { type Expression, readExpression } from './expressions/expression.ts'
import { hasExpression, holesOf, readText } from './expressions/text.ts'
import { named } from './expressions/types.ts'
import type { JobManifest } from './manifest.ts'
import type { PlanProblem } from './problem.ts'
import type { Place } from './scope.ts'

export type Path = readonly (string | number)[]

/** Known when a job is leased, and to its own variables alone. */
const LATE = ['jobs', 'status']

export function jobTextProblems(path: Path, job: JobManifest, place: Place): PlanProblem[] {
  const { if: condition, env, image, with: given, services, ...others } = job
  return [
    ...(condition === undefined
      ? []
      : conditionProblems([...path, 'if'], String(condition), place)),
    ...textsProblems([...path, 'env'], env ?? {}, place, true),
    ...textsProblems([...path, 'with'], given ?? {}, place),
    ...(image === undefined ? [] : textProblems([...path, 'image'], image, place)),
    ...Object.entries(services ?? {}).flatMap(([name, service]) => {
      const at = [...path, 'services', name]
      const { env: own, image: its, ...rest } = service
      return [
        ...textsProblems([...at, 'env'], own ?? {}, place),
        ...(its === undefined ? [] : textProblems([...at, 'image'], its, place)),
        ...strayProblems(at, rest),
      ]
    }),
    ...strayProblems(path, others),
  ]
}

export function conditionProblems(path: Path, written: string, place: Place): PlanProblem[] {
  const source = bare(written)
  const shift = Math.max(0, written.indexOf(source))
  if (hasExpression(source)) return [notInside(path)]
  const read = readExpression(source)
  if ('problem' in read) return [placed(path, read.problem, shift)]
  const { type, problems } = checkExpression(read.expression, place.scope, place.absent)
  const found = problems.map((problem) => placed(path, problem, shift))
  if (found.length > 0 || type.kind === 'bool' || type.kind === 'any') return found
  return [
    {
      path,
      message: `${source} is ${named(type)}, and not a question.`,
      remedy: 'Compare it with something: x == "…".',
    },
  ]
}

function notInside(path: Path): PlanProblem {
  return {
    path,
    message: 'A condition is one expression, not text with expressions in it.',
    remedy: 'Write it without ${{ }}: event == "push" && branch == "main".',
  }
}

export function textProblems(path: Path, text: string, place: Place, isEnv = false): PlanProblem[] {
  if (!hasExpression(text)) return []
  const read = readText(text)
  if ('problem' in read) return [placed(path, read.problem, 0)]
  return holesOf(read.text).flatMap(({ expression, offset }) => {
    const { type, problems } = checkExpression(expression, place.scope, place.absent)
    const found = problems.map((problem) => placed(path, problem, offset))
    if (found.length > 0) return found
    if (!['string', 'number', 'bool', 'any'].includes(type.kind))
      return [
        {
          path,
          offset,
          message: `${expression.source} is ${named(type)}, and no text.`,
          remedy: 'Name one of its values.',
        },
      ]
    return isEnv ? [] : lateProblems(path, expression, offset)
  })
}

/** Whether it can only be filled in when the job is leased. */
export function isLate(text: string): boolean {
  if (!hasExpression(text)) return false
  const read = readText(text)
  return 'text' in read && holesOf(read.text).some(({ expression }) => asksLate(expression))
}

const asksLate = ({ roots, asks }: Expression) =>
  asks.size > 0 || LATE.some((root) => roots.has(root))

function lateProblems(path: Path, expression: Expression, offset: number): PlanProblem[] {
  if (!asksLate(expression)) return []
  return [
    {
      path,
      offset,
      message: `${expression.source} is not known before the job begins.`,
      remedy: "Only the job's own env can say it.",
    },
  ]
}

function textsProblems(
  path: Path,
  texts: Readonly<Record<string, unknown>>,
  place: Place,
  isEnv = false,
): PlanProblem[] {
  return Object.entries(texts).flatMap(([name, value]) =>
    [value]
      .flat()
      .flatMap((text) =>
        typeof text === 'string' ? textProblems([...path, name], text, place, isEnv) : [],
      ),
  )
}

/** Where an expression would be taken to the letter, or run by a shell. */
function strayProblems(path: Path, value: unknown): PlanProblem[] {
  if (typeof value === 'string') {
    const read = hasExpression(value) ? readText(value) : undefined
    const [hole] = read !== undefined && 'text' in read ? holesOf(read.text) : []
    if (read === undefined || ('text' in read && hole === undefined)) return []
    const isShell = ['run', 'cmd'].includes(String(path.at(-1)))
    const said = hole?.expression.source ?? '…'
    const offset = hole?.offset
    return [
      isShell
        ? {
            path,
            offset,
            message: 'No expression is put into a shell line: its value would be run.',
            remedy:
              'Put it in env, and use the variable: ' +
              `env: { VALUE: '\${{ ${said} }}' } and "$VALUE".`,
          }
        : {
            path,
            offset,
            message: 'No expression can stand here.',
            remedy: 'It can in env, with, image, if and concurrency.',
          },
    ]
  }
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) =>
    strayProblems([...path, Array.isArray(value) ? Number(key) : key], inner),
  )
}

const placed = (
  path: Path,
  problem: { readonly offset: number; readonly message: string; readonly remedy: string },
  shift: number,
): PlanProblem => ({
  path,
  offset: problem.offset + shift,
  message: problem.message,
  remedy: problem.remedy,
})
