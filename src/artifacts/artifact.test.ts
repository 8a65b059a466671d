import test from 'node:test'
import { given } from '../../test/support/given.ts'
import { artifact } from './artifact.ts'
import { type ArtifactEvent, PREDICATE } from './events.ts'

const digest = 'sha256:aa'
const asked = { at: 7, by: 'system', digest }
const source = { service: 'shop', repository: '/r', branch: 'main', sha: 'abc', run: 'run_1' }
const files = { layer: 'sha256:bb', sizeBytes: 9, files: 1 }
const publish = { type: 'artifact.publish', ...asked, ...source, ...files } as const
const published: ArtifactEvent = { ...publish, type: 'artifact.published' }
const attest = (predicateType: string) =>
  ({
    type: 'artifact.attest',
    ...asked,
    predicateType,
    attestation: 'sha256:cc',
    keyId: 'k',
  }) as const
const attested = (predicateType: string): ArtifactEvent => ({
  ...attest(predicateType),
  type: 'artifact.attested',
})
const completed: ArtifactEvent = { type: 'artifact.completed', ...asked, ...source }
const { provenance, sbom } = PREDICATE

test('an artifact is published once, even by a second run of the same commit', () => {
  given(artifact).when(publish).then(published)
  given(artifact, published)
    .when({ ...publish, run: 'run_2' })
    .then()
})

test('one digest does not come from two commits or services', () => {
  for (const other of [{ sha: 'def' }, { service: 'cart' }])
    given(artifact, published)
      .when({ ...publish, ...other })
      .thenRejected('artifact.other-source')
})

test('it is complete when everything is there that a build owes, in either order, once', () => {
  given(artifact, published).when(attest(sbom)).then(attested(sbom))
  given(artifact, published, attested(sbom))
    .when(attest(provenance))
    .then(attested(provenance), completed)
  given(artifact, published, attested(provenance))
    .when(attest(sbom))
    .then(attested(sbom), completed)
  const done = [published, attested(sbom), attested(provenance), completed]
  given(artifact, ...done)
    .when(attest('other'))
    .then(attested('other'))
  given(artifact, ...done)
    .when(attest(sbom))
    .then()
})

test('nothing is said of a digest that nobody published', () => {
  given(artifact).when(attest(sbom)).thenRejected('artifact.unpublished')
  const fail = { type: 'artifact.recordFailure', ...asked, reason: 'bad signature' } as const
  given(artifact).when(fail).thenRejected('artifact.unpublished')
  given(artifact, published)
    .when(fail)
    .then({ ...fail, type: 'artifact.verificationFailed' })
})

const prune = { type: 'artifact.prune', ...asked, reason: 'old', references: [] } as const
const { references: _, ...prunedFacts } = prune
const pruned: ArtifactEvent = { ...prunedFacts, type: 'artifact.pruned' }
const reference = { artifact: digest, reason: 'runs', by: 'prod/shop runs it' } as const
const removed: ArtifactEvent = { type: 'artifact.removed', ...asked }

test('it is pruned once, and only when nothing refers to it', () => {
  given(artifact, published).when(prune).then(pruned)
  given(artifact, published, pruned).when(prune).then()
  given(artifact, published)
    .when({ ...prune, references: [reference] })
    .thenRejected('artifact.referred-to')
})

test('what was pruned is spared or removed, once; what was not is neither', () => {
  const spare = { type: 'artifact.spare', ...asked, reference } as const
  const remove = { type: 'artifact.remove', ...asked } as const
  const spared: ArtifactEvent = { ...spare, type: 'artifact.spared' }
  for (const command of [spare, remove]) {
    given(artifact, published).when(command).then()
    given(artifact, published, pruned, removed).when(command).then()
    given(artifact, published, pruned, spared).when(command).then()
  }
  given(artifact, published, pruned).when(spare).then(spared)
  given(artifact, published, pruned).when(remove).then(removed)
})

test('what was removed is published and attested anew, and not before it has gone', () => {
  given(artifact, published, pruned).when(publish).thenRejected('artifact.being-removed')
  given(artifact, published, attested(sbom), pruned, removed).when(publish).then(published)
  given(artifact, published, attested(sbom), pruned, removed, published)
    .when(attest(sbom))
    .then(attested(sbom))
})
