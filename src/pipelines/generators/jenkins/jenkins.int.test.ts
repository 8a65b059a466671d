/** Jenkinsfiles, read by Groovy itself where it is installed: Jenkins has no reader to ask. */
import assert from 'node:assert/strict'
import { existsSync, globSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import test from 'node:test'
import { readExpression } from '../../language/expressions/expression.ts'
import type { InputManifest } from '../../language/manifest.ts'
import { readCondition } from '../conditions/read.ts'
import type { Lowered, LoweredJob } from '../lowered.ts'
import { conditionOf } from './conditions.ts'
import { SURROUNDINGS } from '../../../../test/support/surroundings.ts'

const java = spawnSync('/bin/sh', ['-c', 'command -v java'], { encoding: 'utf8' }).stdout.trim()
const environment = {
  ...SURROUNDINGS,
  ...(existsSync(java) && { JAVA_HOME: dirname(dirname(realpathSync(java))) }),
}
const groovy = (...words: string[]) =>
  spawnSync('groovy', words, { encoding: 'utf8', env: environment, timeout: 120_000 })
const skip = groovy('--version').status === 0 ? false : 'groovy is not installed'

/** To the end of parsing: what a step is called is known to Jenkins alone. */
const READER = `
import org.codehaus.groovy.control.*
for (name in args) {
  def unit = new CompilationUnit()
  unit.addSource(name, new File(name).text)
  try { unit.compile(Phases.CONVERSION); println "ok \${name}" }
  catch (MultipleCompilationErrorsException e) { println "no \${name} \${e.message}" }
}
`

test('Groovy reads every Jenkinsfile, and not a broken one', { skip }, (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-groovy-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const reader = join(folder, 'read.groovy')
  const broken = join(folder, 'Jenkinsfile')
  writeFileSync(reader, READER)
  writeFileSync(broken, "pipeline { stages { stage('a') { steps { sh 'a }\n")
  const files = globSync('test/golden/ci/*/jenkins/Jenkinsfile')
  assert.ok(files.length > 10)
  const { stdout, stderr } = groovy(reader, ...files, broken)
  const lines = stdout.split('\n').filter((line) => /^(ok|no) /.test(line))
  assert.equal(lines.length, files.length + 1, stderr)
  assert.match(lines.pop() ?? '', /^no /)
  for (const line of lines) assert.match(line, /^ok /)
})

const inputs = {
  to: { type: 'choice', options: ['stage', 'prod'] },
  dry: { type: 'boolean' },
} as const satisfies Readonly<Record<string, InputManifest>>
const CONDITIONS = [
  'branch == "main"',
  'event == "push" && branch != "main"',
  '!(branch.startsWith("release/") || event == "manual")',
  'branch in ["main", "it\'s $x \\\\ y"]',
  'inputs.to == "prod" && !inputs.dry',
  'branch.endsWith("in") || inputs.dry',
]
const BRANCHES = ['main', 'Main', 'release/1', "it's $x \\ y"]

test('Groovy answers conditions as our CEL does', { skip }, (t) => {
  const cases = CONDITIONS.flatMap((source) =>
    (['push', 'manual'] as const).flatMap((event) =>
      BRANCHES.flatMap((branch) =>
        (event === 'manual' ? ['stage', 'prod'] : ['stage']).map((to) => ({
          ...{ source, event, branch },
          given: { to, dry: event === 'manual' && branch === 'Main' },
        })),
      ),
    ),
  )
  const lines = cases.map(({ source, event, branch, given }) => {
    const read = readCondition(source, { known: { service: 'x', tier: 1, vars: {} }, inputs })
    assert.ok('condition' in read, source)
    const nothing = { jobs: [] } as unknown as Lowered
    const said = conditionOf(nothing, { needs: [] } as unknown as LoweredJob, read.condition)
    const params = `[SIGNALBOX_INPUT_to: '${given.to}', SIGNALBOX_INPUT_dry: ${given.dry}]`
    const facts = `eventOf = { '${event}' }; branchOf = { ${word(branch)} }; params = ${params}`
    return `${facts}; println(${said ?? 'null'})`
  })
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-groovy-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'ask.groovy'), `${lines.join('\n')}\n`)
  const { stdout, stderr } = groovy(join(folder, 'ask.groovy'))
  const answers = stdout.split('\n').filter((line) => /^(true|false)$/.test(line))
  assert.equal(answers.length, cases.length, stderr)
  for (const [i, { source, event, branch, given }] of cases.entries()) {
    const read = readExpression(source)
    assert.ok('expression' in read)
    const answer = read.expression.answer({ event, branch, inputs: given })
    assert.ok('value' in answer)
    assert.equal(answers[i], String(answer.value), `${source}, ${event}, ${branch}`)
  }
})

const word = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
