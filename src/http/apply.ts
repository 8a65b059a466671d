/**
 * `POST /manifests`: files in, everything checked before anything changes, and then one
 * transaction. Half an apply is worse than none.
 */
import { z } from 'zod'
import type { Done, Engine, Wish } from '#engine/engine.ts'
import { didYouMean, type Manifest, type ManifestProblem, readManifests } from '#engine/manifest.ts'
import type { App, RouteContext } from '#engine/routing.ts'
import { problem, problemOf, send } from './problem.ts'

export interface Reference {
  readonly kind: string
  readonly name: string
  /** Where in the document it stands. */
  readonly path: readonly (string | number)[]
}

export interface Foretold {
  readonly message: string
  readonly isWorse: boolean
}

/** A kind of manifest: its schema, what it refers to, and the command that applies it. */
export interface ManifestKind {
  readonly kind: string
  readonly schema: z.ZodType
  references(value: unknown): readonly Reference[]
  /** What only this kind can see is wrong. */
  check?(value: unknown): readonly {
    readonly path: readonly (string | number)[]
    readonly message: string
    readonly remedy: string
  }[]
  /** What it would have done, had it applied already: shown before it does. */
  foretell?(value: unknown, engine: Engine): Promise<readonly Foretold[]>
  /** Undefined: checked only, as a Pipeline is, which lives in its repository. */
  wish(value: unknown, asked: { readonly at: number; readonly by: string }): Wish | undefined
}

export interface ApplyNeeds {
  readonly kinds: readonly ManifestKind[]
  /** Names of a kind that exist already. */
  known(reads: Engine['reads'], kind: string): Promise<readonly string[]>
}

const body = z.strictObject({
  files: z
    .array(z.strictObject({ path: z.string().max(500), text: z.string().max(1024 * 1024) }))
    .min(1)
    .max(100),
  dryRun: z.boolean().default(false),
})

export function mountApply(app: App, context: RouteContext, needs: ApplyNeeds): void {
  app.post('/manifests', { schema: { body } }, async (request, reply) => {
    const { files, dryRun } = request.body
    const read = readAll(files, needs.kinds)
    const problems = [...read.problems, ...(await dangling(read.manifests, context, needs))]
    if (problems.length > 0) return send(reply, badManifests(problems))
    const asked = { at: context.now(), by: context.actor(request).id }
    const wished = read.manifests.flatMap((manifest) => {
      const wish = kindOf(needs, manifest).wish(manifest.value, asked)
      return wish === undefined ? [] : [{ manifest, wish }]
    })
    const names = wished.map(({ manifest }) => `${manifest.kind} ${manifest.name}`)
    if (dryRun) {
      const foretold = await foretell(read.manifests, context, needs)
      return { dryRun, checked: read.manifests.length, manifests: names, foretold }
    }
    const wishes = wished.map(({ wish }) => wish)
    const done = await context.engine.executeAll(wishes, context.request(request))
    if ('rejected' in done) return send(reply, problemOf(done))
    return { applied: wished.map(({ manifest }, i) => outcome(manifest, done[i])) }
  })
}

const kindOf = (needs: ApplyNeeds, { kind }: Manifest): ManifestKind => {
  const found = needs.kinds.find((each) => each.kind === kind)
  if (found === undefined) throw new Error(`kind ${kind} was read but is not known`)
  return found
}

async function foretell(
  manifests: readonly Manifest[],
  { engine }: RouteContext,
  needs: ApplyNeeds,
): Promise<readonly Foretold[]> {
  const told: Foretold[] = []
  for (const manifest of manifests)
    told.push(...((await kindOf(needs, manifest).foretell?.(manifest.value, engine)) ?? []))
  return told
}

function outcome({ kind, name }: Manifest, done: Done | undefined) {
  const created = done !== undefined && done.version === done.events.length
  const change = done?.events.length === 0 ? 'unchanged' : created ? 'created' : 'changed'
  return { kind, name, change }
}

function readAll(
  files: z.infer<typeof body>['files'],
  kinds: readonly ManifestKind[],
): { manifests: Manifest[]; problems: ManifestProblem[] } {
  const schemas = Object.fromEntries(kinds.map(({ kind, schema }) => [kind, schema]))
  const manifests: Manifest[] = []
  const problems: ManifestProblem[] = []
  const seen = new Set<string>()
  for (const { path, text } of files) {
    const read = readManifests(path, text, schemas)
    problems.push(...read.problems)
    for (const manifest of read.manifests) {
      const id = `${manifest.kind} ${manifest.name}`
      if (manifest.name !== '' && seen.has(id))
        problems.push({
          code: 'manifest.duplicate',
          ...manifest.place(['metadata', 'name']),
          message: `${id} stands here a second time.`,
          remedy: 'Keep one of them.',
        })
      seen.add(id)
      manifests.push(manifest)
      const own = kinds.find((each) => each.kind === manifest.kind)?.check?.(manifest.value) ?? []
      for (const { path: at, message, remedy } of own)
        problems.push({ code: 'manifest.wrong-value', ...manifest.place(at), message, remedy })
    }
  }
  return { manifests, problems }
}

/** References to what is neither in these files nor known already. */
async function dangling(
  manifests: readonly Manifest[],
  context: RouteContext,
  needs: ApplyNeeds,
): Promise<ManifestProblem[]> {
  const known = new Map<string, readonly string[]>()
  const problems: ManifestProblem[] = []
  for (const manifest of manifests)
    for (const { kind, name, path } of kindOf(needs, manifest).references(manifest.value)) {
      if (!known.has(kind)) {
        const here = manifests.filter((each) => each.kind === kind).map((each) => each.name)
        known.set(kind, [...here, ...(await needs.known(context.engine.reads, kind))])
      }
      const names = known.get(kind) ?? []
      if (names.includes(name)) continue
      problems.push({
        code: 'manifest.dangling-reference',
        ...manifest.place(path),
        message: `There is no ${kind} ${name}.`,
        remedy: names.length > 0 ? didYouMean(name, names) : `Apply the ${kind} ${name} first.`,
      })
    }
  return problems
}

function badManifests(problems: readonly ManifestProblem[]) {
  const [first] = problems
  const count = problems.length === 1 ? 'One problem' : `${problems.length} problems`
  const detail = `${count}; nothing was applied.`
  return { ...problem('manifest.invalid', 422, detail, first?.remedy ?? ''), problems }
}
