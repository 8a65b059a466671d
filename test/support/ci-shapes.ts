/**
 * What generated files of CircleCI and Buildkite may hold, key by key: the part of their published
 * schemas that we write, in words of our own. Neither schema is in a package that could be asked.
 * From https://github.com/CircleCI-Public/circleci-yaml-language-server (schema.json), with
 * https://circleci.com/docs/configuration-reference for expressions in `filters`, and
 * https://github.com/buildkite/pipeline-schema (schema.json), both read in November 2026. A key
 * that is not here is refused, so what is written anew has to be looked up first. Tests only.
 */
import { z } from 'zod'

const text = z.string()
const texts = z.array(text)
const variables = z.record(z.string().regex(/^[A-Za-z_]\w*$/), z.union([text, z.number()]))

const step = z.union([
  z.literal('checkout'),
  z.strictObject({ attach_workspace: z.strictObject({ at: text }) }),
  z.strictObject({ persist_to_workspace: z.strictObject({ root: text, paths: texts.min(1) }) }),
  z.strictObject({ restore_cache: z.strictObject({ keys: texts.min(1) }) }),
  z.strictObject({ save_cache: z.strictObject({ key: text, paths: texts.min(1) }) }),
  z.strictObject({ store_test_results: z.strictObject({ path: text }) }),
  z.strictObject({
    store_artifacts: z.strictObject({ path: text, destination: text.optional() }),
  }),
  z.strictObject({
    run: z.strictObject({
      name: text,
      command: text,
      when: z.enum(['always', 'on_success', 'on_fail']).optional(),
      no_output_timeout: z
        .string()
        .regex(/^\d+(ms|s|m|h)$/)
        .optional(),
    }),
  }),
])
const container = z.strictObject({
  image: text,
  name: text.optional(),
  environment: variables.optional(),
})
const logic: z.ZodType = z.lazy(() =>
  z.union([
    text,
    z.boolean(),
    z.strictObject({ or: z.array(logic).min(1) }),
    z.strictObject({ and: z.array(logic).min(1) }),
    z.strictObject({ not: logic }),
    z.strictObject({ equal: z.array(z.union([text, z.boolean(), z.number()])).min(2) }),
    z.strictObject({ matches: z.strictObject({ pattern: text, value: text }) }),
  ]),
)
const required = z.record(text, z.enum(['success', 'failed', 'canceled', 'terminal']))

export const circleciConfig = z
  .strictObject({
    version: z.literal(2.1),
    parameters: z
      .record(
        z.string().regex(/^[a-z][a-z0-9_-]{0,127}$/i),
        z.strictObject({
          type: z.enum(['string', 'boolean', 'integer', 'enum']),
          description: text.optional(),
          default: z.union([text, z.boolean(), z.number()]).optional(),
          enum: texts.min(1).optional(),
        }),
      )
      .optional(),
    jobs: z.record(
      text,
      z
        .strictObject({
          parameters: z.record(text, z.strictObject({ type: z.literal('string') })).optional(),
          machine: z.strictObject({ image: text }).optional(),
          docker: z.array(container).min(1).optional(),
          resource_class: text.optional(),
          shell: text,
          environment: variables,
          steps: z.array(step).min(1),
        })
        .refine(({ docker, machine }) => (docker === undefined) !== (machine === undefined), {
          message: 'one executor',
        }),
    ),
    workflows: z.record(
      text,
      z.strictObject({
        when: logic.optional(),
        jobs: z
          .array(
            z.union([
              text,
              z.record(
                text,
                z.strictObject({
                  requires: z.array(z.union([text, required])).optional(),
                  context: texts.optional(),
                  filters: text.optional(),
                  matrix: z
                    .strictObject({
                      alias: text.optional(),
                      parameters: z.record(text, texts.min(1)),
                      exclude: z.array(z.record(text, text)).optional(),
                    })
                    .optional(),
                }),
              ),
            ]),
          )
          .min(1),
      }),
    ),
  })
  .superRefine(({ jobs, workflows }, context) => {
    for (const { jobs: ordered } of Object.values(workflows))
      for (const each of ordered) {
        const name = typeof each === 'string' ? each : (Object.keys(each)[0] ?? '')
        if (!Object.hasOwn(jobs, name))
          context.addIssue({ code: 'custom', message: `there is no job ${name}` })
      }
  })

const dependsOn = z.array(
  z.union([text, z.strictObject({ step: text, allow_failure: z.boolean().optional() })]),
)
const key = z.string().regex(/^[A-Za-z0-9_:-]{1,100}$/)
const automatic = z.strictObject({
  exit_status: z.union([z.literal('*'), z.number(), z.array(z.number())]).optional(),
  limit: z.int().min(1).max(10).optional(),
})
const command = z.strictObject({
  label: text,
  key,
  if: text.optional(),
  depends_on: dependsOn.optional(),
  command: z.union([text, texts]),
  env: z.record(text, z.union([text, z.number(), z.boolean()])),
  agents: z.union([z.array(z.string().regex(/^[^=]+=.+$/)), z.record(text, text)]).optional(),
  timeout_in_minutes: z.int().min(1),
  retry: z.strictObject({ automatic: z.union([z.boolean(), z.array(automatic)]) }),
  concurrency: z.int().min(1).optional(),
  concurrency_group: text.optional(),
  artifact_paths: texts.optional(),
  plugins: z.array(z.record(text, z.record(text, z.unknown()))).optional(),
})
const fieldKey = z.string().regex(/^[a-zA-Z0-9-_]+$/)
const about = { key: fieldKey, hint: text.optional(), required: z.boolean().optional() }
const option = z.strictObject({ label: text, value: text })
const input = z.strictObject({
  input: text,
  key: key.optional(),
  if: text.optional(),
  fields: z.array(
    z.union([
      z.strictObject({ text, ...about, default: text.optional() }),
      z.strictObject({
        select: text,
        ...about,
        default: text.optional(),
        options: z.array(option),
      }),
    ]),
  ),
})
const group = z.strictObject({ group: text, key, steps: z.array(command).min(1) })

export const buildkitePipeline = z.strictObject({
  env: z.record(text, text),
  steps: z.array(z.union([command, group, input])).min(1),
})
