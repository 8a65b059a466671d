/**
 * Examples of the templates, really built: each job's script of the generated file, in a checkout
 * of its own, with the archives of what it needs and nothing else of the jobs before.
 */
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { lookup } from 'node:dns/promises'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import test from 'node:test'
import { parse } from 'yaml'
import { SURROUNDINGS } from '../../../test/support/surroundings.ts'
import { pavedRoad } from '../../paved-road.ts'

interface Job {
  readonly script: readonly string[]
  readonly variables: Readonly<Record<string, string>>
  readonly needs?: readonly { readonly job: string; readonly artifacts: boolean }[]
}

const EXAMPLES = 'examples/templates'
/** What must be there, and one of the files that a template makes. */
const BUILT: readonly (readonly [name: string, tools: readonly string[], makes: string])[] = [
  ['node-service', ['npm'], 'server.js'],
  ['node-library', ['npm'], 'out/node-library-1.0.0.tgz'],
  ['static-site', ['npm'], 'site/index.html'],
  ['python-service', ['python3'], 'server.py'],
  ['go-service', ['go'], 'bin/server'],
  ['java-maven-service', ['mvn'], 'target/app.jar'],
  ['docs', ['mkdocs'], 'site/index.html'],
  ['container-image', ['buildah'], 'image.tar'],
]

const isThere = (tool: string) =>
  spawnSync('/bin/sh', ['-c', `command -v ${tool}`], { stdio: 'ignore' }).status === 0

/** Maven brings not even its own plugins along. */
const hasCentral = await lookup('repo.maven.apache.org').then(
  () => true,
  () => false,
)

for (const [name, tools, makes] of BUILT) {
  const missing = tools.filter((tool) => !isThere(tool))
  const lacks = missing.length > 0 ? `${missing.join(', ')} is not installed` : false
  const skip = name.includes('maven') && !hasCentral ? 'Maven Central cannot be reached' : lacks
  test(`the example of ${name} is built`, { skip }, (t) => {
    const root = mkdtempSync(join(tmpdir(), 'signalbox-template-'))
    t.after(() => {
      // What Go downloads may not be written, not even to be removed.
      execFileSync('chmod', ['-R', 'u+w', root])
      rmSync(root, { recursive: true, force: true })
    })
    const { made } = build(name, root, join(root, 'cache'))
    const paths = execFileSync('tar', ['-tzf', made]).toString().split('\n')
    assert.ok(paths.includes(makes), `${makes} is in ${paths.join(' ')}`)
  })
}

test('on the same inputs nothing runs again, and the archive is the same byte for byte', (t) => {
  const root = mkdtempSync(join(tmpdir(), 'signalbox-template-'))
  t.after(() => rmSync(root, { recursive: true, force: true }))
  const [one, other, cache] = [join(root, 'one'), join(root, 'other'), join(root, 'cache')]
  for (const folder of [one, other]) mkdirSync(folder)
  const [first, second] = [build('static-site', one, cache), build('static-site', other, cache)]
  assert.doesNotMatch(first.log, /ran on these inputs before/)
  for (const job of ['install', 'build'])
    assert.match(second.log, new RegExp(`signalbox: ${job} ran on these inputs before`))
  assert.deepEqual(readFileSync(second.made), readFileSync(first.made))
})

/** @returns the archive of the job that packages, and what all of them printed */
function build(name: string, root: string, cache: string): { made: string; log: string } {
  const source = `${EXAMPLES}/${name}`
  const text = readFileSync(`${source}/signalbox.yaml`, 'utf8')
  const made = pavedRoad.generate({ file: 'signalbox.yaml', text, target: 'gitlab' })
  assert.ok('files' in made)
  const [pipeline] = made.files
  const jobs = Object.entries(parse(pipeline?.text ?? '') as Record<string, Job>).filter(
    ([, job]) => Array.isArray(job.script),
  )
  const archives = join(root, 'archives')
  mkdirSync(archives)
  let log = ''
  // They stand in the file behind what they need.
  for (const [job, { script, variables, needs = [] }] of jobs) {
    const folder = join(root, job)
    cpSync(source, folder, { recursive: true })
    for (const file of made.files) {
      mkdirSync(dirname(join(folder, file.path)), { recursive: true })
      writeFileSync(join(folder, file.path), file.text)
    }
    const out = join(folder, '.signalbox/out')
    mkdirSync(out, { recursive: true })
    for (const need of needs)
      if (need.artifacts) cpSync(join(archives, `${need.job}.tgz`), join(out, `${need.job}.tgz`))
    const end = spawnSync('/bin/bash', ['-euo', 'pipefail', '-c', script.join('\n')], {
      cwd: folder,
      encoding: 'utf8',
      env: { ...environment, SIGNALBOX_CACHE: cache, ...variables },
    })
    log += end.stdout
    assert.equal(end.status, 0, `${name}, ${job}: ${end.stdout}${end.stderr}`)
    const archive = join(out, `${job}.tgz`)
    if (existsSync(archive)) cpSync(archive, join(archives, `${job}.tgz`))
  }
  return { made: join(archives, 'package.tgz'), log }
}

/** Caches of the person who tests are used: nothing is downloaded twice. */
const environment = {
  PATH: `${dirname(process.execPath)}:${SURROUNDINGS.PATH}`,
  HOME: SURROUNDINGS.HOME,
  LANG: 'C.UTF-8',
  CI: 'true',
  CI_COMMIT_SHA: 'a'.repeat(40),
  CI_COMMIT_REF_NAME: 'main',
}
