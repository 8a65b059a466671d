import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { originOf, provenanceOf } from './provenance.ts'
import { encodeStatement, readStatement } from './statement.ts'

const facts = {
  artifact: { name: 'payments', digest: `sha256:${'a'.repeat(64)}` },
  repository: 'https://git.example/payments',
  branch: 'main',
  sha: 'b'.repeat(40),
  run: 'run_1',
  pipeline: 'paved-road/node-service@1',
  startedAt: Date.UTC(2026, 0, 2, 3, 4, 5),
  finishedAt: Date.UTC(2026, 0, 2, 3, 5, 5),
}

describe('provenance', () => {
  it('says what SLSA asks, in its words', () =>
    assert.deepEqual(provenanceOf(facts), {
      _type: 'https://in-toto.io/Statement/v1',
      subject: [{ name: 'payments', digest: { sha256: 'a'.repeat(64) } }],
      predicateType: 'https://slsa.dev/provenance/v1',
      predicate: {
        buildDefinition: {
          buildType: 'https://signalbox.dev/pipeline/v1',
          externalParameters: {
            repository: 'https://git.example/payments',
            ref: 'refs/heads/main',
            pipeline: 'paved-road/node-service@1',
          },
          internalParameters: {},
          resolvedDependencies: [
            {
              uri: 'git+https://git.example/payments@refs/heads/main',
              digest: { gitCommit: 'b'.repeat(40) },
            },
          ],
        },
        runDetails: {
          builder: { id: 'https://signalbox.dev/builders/local@v1' },
          metadata: {
            invocationId: 'run_1',
            startedOn: '2026-01-02T03:04:05.000Z',
            finishedOn: '2026-01-02T03:05:05.000Z',
          },
        },
      },
    }))

  it('reads back where it comes from, over the wire', () =>
    fc.assert(
      fc.property(
        fc.constantFrom('/srv/git/a b', 'file:///srv/git', 'ssh://git@host/x', facts.repository),
        fc.string({ minLength: 1 }),
        (repository, branch) => {
          const sent = readStatement(
            encodeStatement(provenanceOf({ ...facts, repository, branch })),
          )
          assert.ok(sent)
          const { sha } = facts
          const origin = originOf(sent)
          assert.deepEqual([origin?.repository, origin?.sha], [repository, sha])
        },
      ),
    ))

  it('carries no password or token of the clone address', () => {
    for (const [address, shown] of [
      ['https://ci:s3cret@git.example/x', 'https://git.example/x'],
      ['https://s3cret@git.example/x', 'https://git.example/x'],
      ['ssh://git:s3cret@git.example/x', 'ssh://git@git.example/x'],
    ] as const) {
      const said = provenanceOf({ ...facts, repository: address })
      assert.ok(!JSON.stringify(said).includes('s3cret'))
      assert.equal(originOf(said)?.repository, shown)
    }
  })
})
