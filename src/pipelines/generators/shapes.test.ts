/** Golden files of CircleCI and Buildkite, held against what their schemas allow. */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import test from 'node:test'
import { parse } from 'yaml'
import type { z } from 'zod'
import { buildkitePipeline, circleciConfig } from '../../../test/support/ci-shapes.ts'

const SHAPES: readonly (readonly [system: string, files: string, shape: z.ZodType])[] = [
  ['CircleCI', 'test/golden/ci/*/circleci/.circleci/config.yml', circleciConfig],
  ['Buildkite', 'test/golden/ci/*/buildkite/.buildkite/pipeline.yml', buildkitePipeline],
]

for (const [system, files, shape] of SHAPES) {
  const all = globSync(files)
  test(`every file for ${system} is what its schema allows`, () => {
    assert.ok(all.length > 10, String(all.length))
    for (const file of all) {
      const read = shape.safeParse(parse(readFileSync(file, 'utf8')))
      assert.ok(read.success, `${file}: ${JSON.stringify(read.error?.issues.slice(0, 3))}`)
    }
  })

  test(`a file for ${system} with a key too many, or one too few, is not`, () => {
    const whole = parse(readFileSync(all[0] ?? '', 'utf8')) as Record<string, unknown>
    assert.ok(!shape.safeParse({ ...whole, surprise: 1 }).success)
    for (const name of Object.keys(whole).filter((each) => each !== 'env')) {
      const { [name]: _, ...rest } = whole
      assert.ok(!shape.safeParse(rest).success, name)
    }
  })
}
