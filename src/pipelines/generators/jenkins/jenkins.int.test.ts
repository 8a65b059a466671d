/** Jenkinsfiles, read by Groovy itself where it is installed: Jenkins has no reader to ask. */
import assert from 'node:assert/strict'
import '../../language/expressions/cel.ts'
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

/**
 * What a declarative pipeline may hold, by section, and what each section must: the part of
 * https://github.com/jenkinsci/pipeline-model-definition-plugin (ast-schema.json) that tells the
 * sections apart, in words of our own. The schema is of a tree that only Jenkins makes.
 */
const SECTIONS = `
import org.codehaus.groovy.ast.*
import org.codehaus.groovy.ast.expr.*
import org.codehaus.groovy.ast.stmt.*
import org.codehaus.groovy.control.*
root = ['agent', 'environment', 'libraries', 'options', 'parameters', 'post', 'stages', 'tools',
  'triggers'] as Set
stage = ['agent', 'environment', 'failFast', 'input', 'matrix', 'options', 'parallel', 'post',
  'stages', 'steps', 'tools', 'when'] as Set
post = ['always', 'aborted', 'changed', 'cleanup', 'failure', 'fixed', 'notBuilt', 'regression',
  'success', 'unstable', 'unsuccessful'] as Set
calls = { ClosureExpression of -> of.code.statements.findAll { it instanceof ExpressionStatement }
  .collect { it.expression }.findAll { it instanceof MethodCallExpression } }
bodyOf = { call -> call.arguments.expressions.find { it instanceof ClosureExpression } }
check = { where, of, Set known, must ->
  def names = calls(of)*.methodAsString
  names.each { if (!(it in known)) throw new Exception("\${where} has \${it}") }
  if (names.size() != (names as Set).size()) throw new Exception("\${where} has one twice")
  must.each { if (!(it in names)) throw new Exception("\${where} lacks \${it}") }
  calls(of).findAll { it.methodAsString == 'post' }
    .each { calls(bodyOf(it)).each { if (!(it.methodAsString in post))
      throw new Exception("post has \${it.methodAsString}") } }
}
stages = { of ->
  def all = calls(of).findAll { it.methodAsString == 'stage' }
  if (all.empty) throw new Exception('stages are empty')
  def titles = all.collect { it.arguments.expressions[0].text }
  if (titles.size() != (titles as Set).size()) throw new Exception('two stages share a name')
  all.each {
    def name = it.arguments.expressions[0].text
    check("stage \${name}", bodyOf(it), stage, [])
    def inner = calls(bodyOf(it)).findAll { it.methodAsString in ['stages', 'parallel'] }
    def does = calls(bodyOf(it)).findAll {
      it.methodAsString in ['stages', 'parallel', 'steps', 'matrix'] }
    if (does.size() != 1) throw new Exception("stage \${name} does \${does.size()} things")
    inner.each { stages(bodyOf(it)) }
  }
}
for (name in args) {
  try {
    def unit = new CompilationUnit()
    unit.addSource(name, new File(name).text)
    unit.compile(Phases.CONVERSION)
    def code = unit.AST.modules[0].statementBlock.statements
    def pipelines = code.findAll { it instanceof ExpressionStatement }.collect { it.expression }
      .findAll { it instanceof MethodCallExpression && it.methodAsString == 'pipeline' }
    if (pipelines.size() != 1) throw new Exception("\${pipelines.size()} pipelines")
    def body = bodyOf(pipelines[0])
    check('pipeline', body, root, ['agent', 'stages'])
    calls(body).findAll { it.methodAsString == 'stages' }.each { stages(bodyOf(it)) }
    println "ok \${name}"
  } catch (Exception e) { println "no \${name} \${e.message}" }
}
`

test('every Jenkinsfile has the sections of a declarative pipeline', { skip }, (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-groovy-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const reader = join(folder, 'sections.groovy')
  writeFileSync(reader, SECTIONS)
  const wrong = [
    "pipeline { stages { stage('a') { steps { echo 'a' } } } }",
    "pipeline { agent any; stages { stage('a') { steps { echo 'a' }; parallel { } } } }",
    "pipeline { agent any; surprise { }; stages { stage('a') { steps { echo 'a' } } } }",
    "pipeline { agent any; stages { stage('a') { step { echo 'a' } } } }",
    'pipeline { agent any; stages { } }',
  ].map((text, i) => {
    const file = join(folder, `wrong-${i}`)
    writeFileSync(file, text)
    return file
  })
  const files = globSync('test/golden/ci/*/jenkins/Jenkinsfile')
  const { stdout, stderr } = groovy(reader, ...files, ...wrong)
  const lines = stdout.split('\n').filter((line) => /^(ok|no) /.test(line))
  assert.equal(lines.length, files.length + wrong.length, stdout + stderr)
  for (const line of lines.slice(0, files.length)) assert.match(line, /^ok /)
  for (const line of lines.slice(files.length)) assert.match(line, /^no /)
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
