/** Jenkinsfiles, read by Groovy itself where it is installed: Jenkins has no reader to ask. */
import assert from 'node:assert/strict'
import { existsSync, globSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import test from 'node:test'
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
