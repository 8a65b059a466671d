import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import test from 'node:test'
import { filesIn } from '../../cli/repository.ts'
import { pavedRoad } from '../../paved-road.ts'
import { pavedTemplates } from '../templates.ts'
import { recognise } from './recognise.ts'

const EXAMPLES = 'examples/templates'
const looked = (files: Record<string, string>) => ({ files: Object.keys(files), texts: files })
const found = (files: Record<string, string>) =>
  recognise(looked(files)).map(({ template }) => template)

test('every template has an example that is known by its files', () => {
  const folders = readdirSync(EXAMPLES, { withFileTypes: true }).filter((one) => one.isDirectory())
  const all = pavedTemplates().map(({ name }) => name.replace(/^.*\/|@\d+$/g, ''))
  const names = [...new Set(all)]
  assert.deepEqual(folders.map(({ name }) => name).sort(), names.toSorted())
  for (const name of names) {
    const folder = `${EXAMPLES}/${name}`
    const files = filesIn(folder)
    const texts = Object.fromEntries(
      files
        .filter((file) => existsSync(`${folder}/${file}`))
        .map((file) => [file, readFileSync(`${folder}/${file}`, 'utf8')]),
    )
    const [first, ...others] = recognise({ files, texts })
    assert.equal(first?.template, name)
    assert.ok(first?.because !== '')
    assert.deepEqual(others, [], name)
  }
})

test('every example can be planned and written for the systems that can say it', () => {
  for (const { name } of pavedTemplates()) {
    const short = name.replace(/^.*\/|@\d+$/g, '')
    const file = `${EXAMPLES}/${short}/signalbox.yaml`
    for (const target of pavedRoad.targets) {
      const made = pavedRoad.generate({ file, text: readFileSync(file, 'utf8'), target })
      const isRefused = short === 'mobile-app' && target === 'circleci'
      const what = `${short} ${target} ${JSON.stringify(made)}`
      assert.equal('problems' in made, isRefused, what)
    }
  }
})

test('where two could be meant both are named; a container file says nothing beside them', () => {
  const node = '{"scripts":{"start":"node ."}}'
  assert.deepEqual(found({ 'go.mod': '', 'package.json': node }), ['go-service', 'node-service'])
  assert.deepEqual(found({ Dockerfile: '', 'go.mod': '' }), ['go-service'])
  assert.deepEqual(found({ Dockerfile: '' }), ['container-image'])
  assert.deepEqual(found({ 'README.md': '' }), [])
})

test('a package is known by what it says', () => {
  const of = (text: object, more: Record<string, string> = {}) =>
    found({ 'package.json': JSON.stringify(text), ...more })
  assert.deepEqual(of({ exports: './x.js' }), ['node-library'])
  assert.deepEqual(of({ exports: './x.js', private: true }), ['node-service'])
  assert.deepEqual(of({ main: 'x', scripts: { start: 'x' } }), ['node-service'])
  assert.deepEqual(of({ scripts: { build: 'x' }, devDependencies: { vite: '1' } }), ['static-site'])
  assert.deepEqual(of({ scripts: { build: 'x' } }, { 'index.html': '' }), ['static-site'])
  assert.deepEqual(found({ 'package.json': 'no json' }), ['node-service'])
  const android = { 'build.gradle': 'plugins { id "com.android.application" }' }
  assert.deepEqual(found(android), ['mobile-app'])
  assert.deepEqual(found({ 'build.gradle': 'plugins { id "java" }' }), ['java-gradle-service'])
})
