import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import test, { type TestContext } from 'node:test'
import { SURROUNDINGS } from '../../../test/support/surroundings.ts'

function folderWith(t: TestContext, files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-ci-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(folder, path, '..'), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  return folder
}

/** No server anywhere: these verbs need none. */
function signalbox(cwd: string, ...words: string[]) {
  const env = { ...SURROUNDINGS, SIGNALBOX_URL: 'http://127.0.0.1:1' }
  const program = [resolve('src/main.ts'), ...words]
  const { status, stdout, stderr } = spawnSync(process.execPath, program, {
    cwd,
    env,
    encoding: 'utf8',
    timeout: 60_000,
  })
  return { status, stdout, stderr }
}

const pipeline = (jobs: string) =>
  `apiVersion: signalbox.dev/v1\nkind: Pipeline\nmetadata: { name: shop }\nspec:\n  jobs:\n${jobs}`

test('init, generate, check: what is edited by hand is found and shown', (t) => {
  const folder = folderWith(t, {
    '.git/HEAD': '',
    '.git/config':
      '[core]\n\tbare = false\n[remote "origin"]\n\turl = https://me:secret@example.org/shop.git\n',
    'services/shop/package.json': '{"scripts":{"start":"node server.js"}}',
    CODEOWNERS: '* @acme/team-web\n',
  })
  const shop = join(folder, 'services/shop')
  const first = signalbox(shop, 'init')
  assert.equal(first.status, 0, first.stderr)
  assert.match(first.stdout, /node-service@2, by package\.json, scripts\.start/)
  const manifest = readFileSync(join(shop, 'signalbox.yaml'), 'utf8')
  assert.match(manifest, /name: shop\n {2}owner: team-web\n/)
  assert.match(
    manifest,
    /repository: https:\/\/example\.org\/shop\.git\n {4}directory: services\/shop\n/,
  )
  assert.equal(signalbox(shop, 'init').status, 1)
  assert.equal(signalbox(shop, 'ci', 'check').status, 1)
  const made = signalbox(shop, 'ci', 'generate', '--for', 'github', '--image', 'node:24')
  assert.equal(made.status, 0, made.stderr)
  const workflow = join(folder, '.github/workflows/signalbox-shop.yml')
  assert.match(readFileSync(workflow, 'utf8'), /working-directory: services\/shop/)
  assert.ok(existsSync(join(folder, '.signalbox/ci.sh')))
  assert.equal(signalbox(shop, 'ci', 'check').status, 0)
  writeFileSync(workflow, readFileSync(workflow, 'utf8').replace('npm ci', 'npm install'))
  const drifted = signalbox(shop, 'ci', 'check')
  assert.equal(drifted.status, 1)
  assert.match(drifted.stdout, /^- .*run: npm install\n\+ .*run: npm ci$/m)
})

test('what somebody wrote by hand, or for another service, is left alone', (t) => {
  const folder = folderWith(t, {
    '.git/HEAD': '',
    'a/signalbox.yaml': pipeline('    a: { run: "true" }\n'),
    'b/signalbox.yaml': pipeline('    b: { run: "true" }\n'),
    Jenkinsfile: 'by hand\n',
  })
  const [a, b] = [join(folder, 'a'), join(folder, 'b')]
  const byHand = signalbox(a, 'ci', 'generate', '--for', 'jenkins')
  assert.equal(byHand.status, 1)
  assert.match(byHand.stderr, /Jenkinsfile was not made from a\/signalbox\.yaml/)
  assert.equal(readFileSync(join(folder, 'Jenkinsfile'), 'utf8'), 'by hand\n')
  assert.equal(signalbox(a, 'ci', 'generate', '--for', 'gitlab').status, 0)
  assert.equal(signalbox(b, 'ci', 'generate', '--for', 'gitlab').status, 1)
  assert.equal(signalbox(a, 'ci', 'check').status, 0)
  assert.match(signalbox(b, 'ci', 'check').stderr, /Nothing here was generated/)
  assert.equal(signalbox(b, 'ci', 'generate', '--for', 'gitlab', '--force').status, 0)
})

test('what a system cannot say is refused with its place, and nothing is written', (t) => {
  const folder = folderWith(t, {
    'signalbox.yaml': pipeline('    a: { run: "true", queue: 5m }\n'),
  })
  const { status, stderr } = signalbox(folder, 'ci', 'generate', '--for', 'gitlab')
  assert.equal(status, 1)
  assert.match(stderr, /signalbox\.yaml:6:\d+ {2}The job a asks for queue/)
  assert.ok(!existsSync(join(folder, '.gitlab-ci.yml')))
  assert.match(signalbox(folder, 'ci', 'generate', '--for', 'githup').stderr, /Did you mean github/)
  assert.match(signalbox(join(folder, '..'), 'ci', 'check').stderr, /cli\.no-manifest/)
})

test('where several templates could be meant, they are named and nothing is written', (t) => {
  const folder = folderWith(t, { 'go.mod': '', 'pom.xml': '' })
  const { status, stderr } = signalbox(folder, 'init')
  assert.equal(status, 1)
  assert.match(stderr, /--template go-service {2}by go\.mod\n {2}--template java-maven-service/)
  assert.ok(!existsSync(join(folder, 'signalbox.yaml')))
  assert.equal(signalbox(folder, 'init', '--template', 'go-service').status, 0)
})

test('exec tries again for its reasons, ends silence, and kills all that was started', (t) => {
  const folder = folderWith(t, {
    'signalbox.yaml': pipeline(`    again:
      run: 'echo try >> tries; test "$(wc -l < tries)" -ge 3'
      retry: { max: 2, on: [script], backoff: 1s..1s }
    silent:
      run: 'sleep 300 & echo $! > pid; wait'
      idle: 1s
      grace: 1s
    once: { run: 'exit 7', retry: { max: 2, on: [oom], backoff: 1s..1s } }
`),
  })
  assert.equal(signalbox(folder, 'exec', 'again').status, 0)
  assert.equal(readFileSync(join(folder, 'tries'), 'utf8').split('\n').length, 4)
  const silent = signalbox(folder, 'exec', 'silent')
  assert.equal(silent.status, 124)
  assert.match(silent.stderr, /timeout\.idle/)
  const pid = readFileSync(join(folder, 'pid'), 'utf8').trim()
  const state = existsSync(`/proc/${pid}/stat`) ? readFileSync(`/proc/${pid}/stat`, 'latin1') : 'Z'
  assert.match(state, /Z/)
  assert.equal(signalbox(folder, 'exec', 'once').status, 7)
  assert.match(signalbox(folder, 'exec', 'onc').stderr, /Did you mean once/)
})
