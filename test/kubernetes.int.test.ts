/**
 * Pods of a real cluster hold to what those of the tests do. It is named by two variables:
 * `SIGNALBOX_TEST_KUBERNETES` (a kubeconfig) and `SIGNALBOX_TEST_IMAGE` (Debian or Alpine).
 */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { after } from 'node:test'
import { accessFrom } from '../src/runner/executors/kubernetes/access.ts'
import { openCluster } from '../src/runner/executors/kubernetes/api.ts'
import { CONTAINER, LABEL, podSettings } from '../src/runner/executors/kubernetes/job-manifest.ts'
import {
  kubernetesExecutor,
  sweepJobs,
} from '../src/runner/executors/kubernetes/kubernetes-executor.ts'
import { sh } from '../src/runner/executors/kubernetes/pod-files.ts'
import { executorContract } from './contracts/executor.contract.ts'
import { startBench } from './support/runner.ts'

const kubeconfig = process.env['SIGNALBOX_TEST_KUBERNETES'] ?? ''
const image = process.env['SIGNALBOX_TEST_IMAGE'] ?? ''
const skip =
  (kubeconfig === '' || image === '') &&
  'NO CLUSTER NAMED: pods of a real one were not tried (SIGNALBOX_TEST_KUBERNETES, _IMAGE)'
const root = mkdtempSync(join(tmpdir(), 'sb-cluster-'))
const owner = root.slice(-6).toLowerCase()
const cluster = skip === false ? openCluster(accessFrom(kubeconfig)) : undefined
after(async () => {
  if (cluster !== undefined) await sweepJobs(cluster, owner, [])
  rmSync(root, { recursive: true, force: true })
})
let made = 0

executorContract('kubernetes, a real cluster', {
  skip,
  hasBounds: true,
  place({ resources = {} } = {}) {
    assert.ok(cluster)
    const workspace = mkdtempSync(join(root, 'job-'))
    const tree = join(workspace, 'source')
    mkdirSync(tree)
    const facts = {
      ...{ owner, run: 'run_1', job: 'contract', service: 'shop', attempt: 1, image, workspace },
      ...{ lease: `lease-${made}`, timeoutMs: 60_000, graceMs: 2_000, resources },
      settings: podSettings.parse({}),
    }
    const { signal } = new AbortController()
    const about = { cluster, facts, folder: tree, tree, signal, note: () => {} }
    const tell = async (name: string) => {
      const path = `/api/v1/namespaces/${cluster.namespace}/pods?labelSelector=${LABEL.owner}%3D${owner}`
      const { items } = (await cluster.ask('GET', path)) as {
        items: { metadata: { name: string; deletionTimestamp?: string } }[]
      }
      const pod = items.find(({ metadata }) => metadata.deletionTimestamp === undefined)
      const argv = sh(`: > ${join(tree, name)}`)
      return cluster.exec({ pod: pod?.metadata.name ?? '', container: CONTAINER, argv })
    }
    const makeState = () => join(root, `state-${made++}`)
    return { executor: kubernetesExecutor(about), folder: tree, makeState, tell }
  },
})

test('a job runs in a pod of a real cluster, and keeps what it makes', { skip }, async (t) => {
  const { work } = await startBench(t, { kubernetes: kubeconfig })
  const end = await work({ job: { image, run: 'echo made > out; echo here', outputs: ['out'] } })
  assert.equal(end.outcome, 'succeeded', end.log)
  assert.ok(end.outputs)
})

test('an image that a real cluster cannot have says so', { skip }, async (t) => {
  const { work } = await startBench(t, { kubernetes: kubeconfig })
  const end = await work({ job: { image: '127.0.0.1:9/nothing:1', run: 'echo ran' } })
  assert.deepEqual([end.outcome, end.reason], ['failed', 'image_pull'], end.log)
})
