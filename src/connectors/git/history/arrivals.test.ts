import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { arrivals, beside, type Graph } from './arrivals.ts'
import type { HistoryCommit } from './record.ts'

/** Each commit's parents are earlier ones: by number, the first of them first. */
const histories = fc
  .array(fc.tuple(fc.nat(), fc.option(fc.nat(), { nil: undefined }), fc.nat(1_000)), {
    minLength: 1,
    maxLength: 40,
  })
  .chain((drawn) =>
    fc.record({
      drawn: fc.constant(drawn),
      head: fc.nat(drawn.length - 1),
      tags: fc.array(fc.nat(drawn.length - 1), { minLength: 1, maxLength: 6 }),
    }),
  )

const name = (i: number) => `c${i}`

function graphOf({ drawn, head, tags }: Parameters<Parameters<typeof histories.map>[0]>[0]): Graph {
  const commits = drawn.map(([first, second, at], i): HistoryCommit => {
    const parents = i === 0 ? [] : [first % i, ...(second === undefined ? [] : [second % i])]
    return {
      sha: name(i),
      parents: [...new Set(parents)].map(name),
      authoredAt: at,
      committedAt: 1 + at,
      message: '',
    }
  })
  return {
    commits: new Map(commits.map((each) => [each.sha, each])),
    branch: 'main',
    head: name(head),
    tags: tags.map((i, number) => ({ name: `v${number}`, sha: name(i), at: number })),
  }
}

/** The naive way: everything that a commit stands upon. */
function ancestors({ commits }: Graph, sha: string): Set<string> {
  const found = new Set<string>()
  const visit = (each: string) => {
    if (found.has(each)) return
    found.add(each)
    commits.get(each)?.parents.forEach(visit)
  }
  visit(sha)
  return found
}

describe('arrivals of a history', () => {
  it('tell each commit that a tip reaches, and each once', () => {
    fc.assert(
      fc.property(histories, (drawn) => {
        const graph = graphOf(drawn)
        const told = [...arrivals(graph)].flatMap(({ commits }) => commits.map(({ sha }) => sha))
        const tips = [graph.head, ...graph.tags.map(({ sha }) => sha)]
        const wanted = new Set(tips.flatMap((tip) => [...ancestors(graph, tip)]))
        assert.deepEqual(told.toSorted(), [...wanted].toSorted())
      }),
    )
  })

  it('on the branch are what git says lies between a commit and its first parent', () => {
    fc.assert(
      fc.property(histories, (drawn) => {
        const graph = graphOf(drawn)
        for (const { ref, head, before, commits } of arrivals(graph)) {
          if (ref !== 'refs/heads/main') continue
          const earlier = before === undefined ? new Set<string>() : ancestors(graph, before)
          const own = [...ancestors(graph, head.sha)].filter((sha) => !earlier.has(sha))
          assert.deepEqual(commits.map(({ sha }) => sha).toSorted(), own.toSorted())
          assert.equal(commits.at(-1), head)
        }
      }),
    )
  })

  it('never go back in time on the branch, whatever the clocks say', () => {
    fc.assert(
      fc.property(histories, (drawn) => {
        const graph = graphOf(drawn)
        const line = [...arrivals(graph)].filter(({ ref }) => ref === 'refs/heads/main')
        assert.deepEqual(
          line.map(({ at }) => at),
          line.map(({ at }) => at).toSorted((a, b) => a - b),
        )
      }),
    )
  })

  it('beside the branch are those that its head does not reach', () => {
    fc.assert(
      fc.property(histories, (drawn) => {
        const graph = graphOf(drawn)
        const main = ancestors(graph, graph.head)
        const told = [...arrivals(graph)].filter(({ ref }) => ref !== 'refs/heads/main')
        const shas = told.flatMap(({ commits }) => commits.map(({ sha }) => sha))
        assert.ok(shas.every((sha) => !main.has(sha)))
        assert.deepEqual(
          beside(graph)
            .map(({ sha }) => sha)
            .toSorted(),
          shas.toSorted(),
        )
      }),
    )
  })

  it('are told of a history as long as there is any', () => {
    const count = 200_000
    const commits = Array.from({ length: count }, (_, i): HistoryCommit => ({
      sha: name(i),
      parents: i === 0 ? [] : [name(i - 1)],
      authoredAt: i,
      committedAt: i,
      message: '',
    }))
    const known = new Map(commits.map((each) => [each.sha, each]))
    const tags = [{ name: 'v1', sha: name(count - 1), at: 1 }]
    // The whole history lies beside a branch that holds its first commit alone.
    const graph = { commits: known, branch: 'main', head: name(0), tags }
    assert.equal([...arrivals(graph)].length, count)
  })
})
