import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { law } from '../../../test/support/law.ts'
import {
  type Account,
  DEFAULT_RULES,
  type FourEyesFacts,
  type FourEyesRules,
  type PullRequest,
  type RangeCommit,
  type Yes,
} from './facts.ts'
import { judgeFourEyes } from './four-eyes.ts'

const person = (id: string, ...more: string[]): Account => ({
  id,
  kind: 'person',
  name: `${id} Example`,
  emails: [`${id}@example.org`, ...more],
})
const accounts: readonly Account[] = [
  person('alice', 'alice@home.example'),
  person('bob'),
  person('cy'),
  { id: 'svc-release', kind: 'service-account', name: 'release bot', emails: ['bot@example.org'] },
  { id: 'helper', kind: 'agent', name: 'helper', emails: ['helper@example.org'] },
]
const as = (id: string, email = `${id}@example.org`) => ({ name: `${id} Example`, email })
const HOST = { name: 'GitHub', email: 'noreply@github.com' }
const commit = (sha: string, parents: string, more: Partial<RangeCommit> = {}): RangeCommit => ({
  sha,
  parents: parents.split(' ').filter((each) => each !== ''),
  author: as('alice'),
  committer: more.author ?? as('alice'),
  coAuthors: [],
  committedAt: 0,
  subject: `does ${sha}`,
  paths: ['src/app.ts'],
  pathsCut: false,
  ...more,
})
/** As the button of a git host makes it. */
const merge = (sha: string, parents: string, more: Partial<RangeCommit> = {}) =>
  commit(sha, parents, { committer: HOST, ownPaths: [], ...more })
const yes = (by: string, sha: string | undefined, at = 10): Yes => ({
  by,
  at,
  sha,
  of: '#1',
  source: 'git-host',
})
const pull = (more: Partial<PullRequest>): PullRequest => ({
  name: '#1',
  author: 'alice',
  commits: [],
  approvals: [],
  ...more,
})
const facts = (more: Partial<FourEyesFacts>): FourEyesFacts => ({
  commits: [],
  to: more.commits?.at(-1)?.sha ?? '',
  isCut: false,
  accounts,
  approvals: [],
  pullRequests: [],
  ...more,
})
const judged = (given: Partial<FourEyesFacts>, rules: Partial<FourEyesRules> = {}) => {
  const { verdict, commits } = judgeFourEyes(facts(given), { ...DEFAULT_RULES, ...rules })
  return [verdict, ...commits.map(({ sha, reason }) => `${sha} ${reason}`)]
}

/** A branch of one commit `f`, merged to the line of `o` by `m`. */
const branch = [commit('f', 'o'), merge('m', 'o f')]
const own = (sha: string, committedAt: number, isFromBase = false, ...hands: string[]) => ({
  sha,
  committedAt,
  hands: (hands.length > 0 ? hands : ['alice']).map((each) => as(each)),
  isFromBase,
})
const sync = [
  commit('f', 'o', { committedAt: 9 }),
  commit('h', 'o', { author: as('cy') }),
  merge('s', 'f h', { committedAt: 11, committer: as('alice') }),
  merge('m', 'h s'),
]
const hotfixSeen = yes('bob', 'h')

type Scenario = readonly [
  name: string,
  given: Partial<FourEyesFacts>,
  expected: readonly string[],
  rules?: Partial<FourEyesRules>,
]

/** The twelve of kosli-dev/never-alone-ts, by their facts. */
const SCENARIOS: readonly Scenario[] = [
  [
    '1 a pull request approved by another after its last commit',
    {
      commits: [commit('a', 'o'), commit('f', 'a', { committedAt: 5 }), merge('m', 'o f')],
      pullRequests: [pull({ mergeSha: 'm', headSha: 'f', approvals: [yes('bob', 'f')] })],
    },
    ['PASS', 'a approved', 'f approved', 'm merge'],
  ],
  [
    '2 a service account, by a pattern',
    {
      commits: [commit('a', 'o', { author: { name: 'dependabot[bot]', email: 'd@bots.example' } })],
    },
    ['PASS', 'a service-account'],
    { serviceAccounts: ['dependabot*'] },
  ],
  [
    '3 exempt files alone',
    { commits: [commit('f', 'o', { paths: ['README.md', 'docs/a.md'] }), merge('m', 'o f')] },
    ['PASS', 'f exempt-paths', 'm merge'],
    { exemptPaths: ['README.md', 'docs/**'] },
  ],
  [
    '4 one file that is not exempt brings all of it back',
    { commits: [commit('a', 'o', { paths: ['README.md', 'src/app.ts'] })] },
    ['FAIL', 'a direct-push'],
    { exemptPaths: ['README.md'] },
  ],
  [
    '5 the merge of a git host',
    {
      commits: branch,
      pullRequests: [pull({ mergeSha: 'm', headSha: 'f', approvals: [yes('bob', 'f')] })],
    },
    ['PASS', 'f approved', 'm merge'],
  ],
  ['6 pushed directly', { commits: [commit('a', 'o')] }, ['FAIL', 'a direct-push']],
  [
    '7 a pull request that nobody approved',
    { commits: branch, pullRequests: [pull({ mergeSha: 'm', headSha: 'f' })] },
    ['FAIL', 'f no-approval', 'm merge'],
  ],
  [
    '8 approved by its author alone',
    {
      commits: branch,
      pullRequests: [pull({ mergeSha: 'm', headSha: 'f', approvals: [yes('alice', 'f')] })],
    },
    ['FAIL', 'f self-approval', 'm merge'],
  ],
  [
    '9 pushed after the approval',
    {
      commits: [commit('f', 'o'), commit('g', 'f'), merge('m', 'o g')],
      pullRequests: [pull({ mergeSha: 'm', headSha: 'g', approvals: [yes('bob', 'f')] })],
    },
    ['FAIL', 'f approved', 'g approval-older', 'm merge'],
  ],
  [
    '10 brought up to date after the approval, which is ignored',
    {
      commits: sync,
      approvals: [hotfixSeen],
      pullRequests: [pull({ mergeSha: 'm', headSha: 's', approvals: [yes('bob', 'f')] })],
    },
    ['PASS', 'f approved', 'h approved', 's merge-from-base', 'm merge'],
  ],
  [
    '11 the same, strictly',
    {
      commits: sync,
      approvals: [hotfixSeen],
      pullRequests: [pull({ mergeSha: 'm', headSha: 's', approvals: [yes('bob', 'f')] })],
    },
    ['FAIL', 'f approved', 'h approved', 's approval-older', 'm merge'],
    { mergeFromBase: 'strict' },
  ],
  [
    '12 of several commits each by itself',
    {
      commits: [
        commit('b', 'o', { author: { name: 'release bot', email: 'bot@example.org' } }),
        commit('a', 'b'),
      ],
    },
    ['FAIL', 'b service-account', 'a direct-push'],
  ],
]

describe('never alone', () => {
  for (const [name, given, expected, rules] of SCENARIOS)
    it(name, () => assert.deepEqual(judged(given, rules), expected))
})

describe('four eyes', () => {
  const squash = (more: Partial<PullRequest>) => ({
    commits: [commit('q', 'o', { committer: HOST })],
    pullRequests: [
      pull({ mergeSha: 'q', headSha: 'g', commits: [own('f', 1), own('g', 5)], ...more }),
    ],
  })
  it('take a squash for what its pull request ended with', () => {
    assert.deepEqual(judged(squash({ approvals: [yes('bob', 'g')] })), ['PASS', 'q approved'])
    assert.deepEqual(judged(squash({ approvals: [yes('bob', 'f')] })), ['FAIL', 'q approval-older'])
    const theirs = { commits: [own('f', 1, false, 'bob'), own('g', 5)] }
    assert.deepEqual(judged(squash({ ...theirs, approvals: [yes('bob', 'g')] })), [
      'FAIL',
      'q self-approval',
    ])
  })
  it('go by instants where a git host names no commit', () => {
    assert.deepEqual(judged(squash({ approvals: [yes('bob', undefined, 6)] })), [
      'PASS',
      'q approved',
    ])
    assert.deepEqual(judged(squash({ approvals: [yes('bob', undefined, 4)] })), [
      'FAIL',
      'q approval-older',
    ])
  })
  it('leave out what only brought the branch up to date, unless they are strict', () => {
    const late = squash({
      commits: [own('f', 1), own('g', 9, true)],
      headSha: 'g',
      approvals: [yes('bob', 'f')],
    })
    assert.deepEqual(judged(late), ['PASS', 'q approved'])
    assert.deepEqual(judged(late, { mergeFromBase: 'strict' }), ['FAIL', 'q approval-older'])
  })
  it('know one person by addresses, by a login, and by a name nobody registered', () => {
    const by = (email: string, name = 'somebody else') =>
      judged({
        commits: [commit('a', 'o', { author: { name, email }, committer: HOST })],
        approvals: [yes('alice', 'a')],
      }).at(-1)
    assert.equal(by('alice@home.example'), 'a self-approval')
    assert.equal(by('Alice@Example.org'), 'a self-approval')
    assert.equal(by('12+alice@users.noreply.github.com'), 'a self-approval')
    assert.equal(by('alice@nowhere.example', 'alice example'), 'a self-approval')
    assert.equal(by('dan@example.org'), 'a approved')
  })
  it('count a co-author and a committer among the hands', () => {
    const approvals = [yes('bob', 'a')]
    const with_ = (more: Partial<RangeCommit>) =>
      judged({ commits: [commit('a', 'o', more)], approvals }).at(-1)
    assert.equal(with_({ coAuthors: [as('bob')] }), 'a self-approval')
    assert.equal(with_({ committer: as('bob') }), 'a self-approval')
    assert.equal(with_({ committer: HOST }), 'a approved')
  })
  it('are no machine’s', () => {
    for (const by of ['svc-release', 'helper'])
      assert.deepEqual(judged({ commits: [commit('a', 'o')], approvals: [yes(by, 'a')] }), [
        'FAIL',
        'a machine-approval',
      ])
    const author = { name: 'helper', email: 'helper@example.org' }
    assert.deepEqual(judged({ commits: [commit('a', 'o', { author })] }), ['FAIL', 'a direct-push'])
  })
  it('are not fooled by who takes a machine’s name for an author', () => {
    const author = { name: 'release bot', email: 'bot@example.org' }
    assert.deepEqual(judged({ commits: [commit('a', 'o', { author, committer: as('alice') })] }), [
      'FAIL',
      'a direct-push',
    ])
  })
  it('look at what a merge changes itself', () => {
    const approvals = [yes('bob', 'f')]
    const [f, m] = branch
    for (const ownPaths of [['src/secret.ts'], undefined])
      assert.equal(
        judged({ commits: [f, { ...m, ownPaths }] as RangeCommit[], approvals }).at(-1),
        'm approval-older',
      )
  })
  it('do not believe a message', () => {
    const subject = 'Merge pull request #44 from example/search'
    assert.deepEqual(judged({ commits: [commit('a', 'o', { subject })] }), [
      'FAIL',
      'a direct-push',
    ])
  })
  it('are not opened afterwards', () => {
    const commits = [commit('a', 'o')]
    const approvals = [yes('bob', 'a', 10)]
    assert.deepEqual(judged({ commits, approvals, deployedAt: 9 }), ['FAIL', 'a approval-late'])
    assert.deepEqual(judged({ commits, approvals, deployedAt: 10 }), ['PASS', 'a approved'])
  })
  it('fail on a range that was not read to its end', () => {
    const cut = judgeFourEyes(facts({ isCut: true }), DEFAULT_RULES)
    assert.deepEqual([cut.verdict, cut.isWhole], ['FAIL', false])
    assert.equal(judgeFourEyes(facts({}), DEFAULT_RULES).verdict, 'PASS')
  })
})

const PEOPLE = ['alice', 'bob', 'cy'] as const
/** Commit `i` has earlier ones for parents: a graph without circles. */
const graphs = fc
  .array(
    fc.record({
      parents: fc.array(fc.nat(), { minLength: 1, maxLength: 2 }),
      author: fc.constantFrom(...PEOPLE),
      isClean: fc.boolean(),
    }),
    { minLength: 1, maxLength: 8 },
  )
  .map((nodes) =>
    nodes.map(({ parents, author, isClean }, i) => {
      const named = [...new Set(parents.map((each) => (i === 0 ? 'o' : `c${each % i}`)))]
      const ownPaths = named.length > 1 && isClean ? { ownPaths: [] } : {}
      return commit(`c${i}`, named.join(' '), { author: as(author), ...ownPaths })
    }),
  )
const given = fc.array(
  fc.record({ by: fc.constantFrom(...PEOPLE), of: fc.nat(), at: fc.nat({ max: 20 }) }),
  { maxLength: 6 },
)

function reaches(commits: readonly RangeCommit[], from: string, to: string): boolean {
  if (from === to) return true
  const parents = commits.find(({ sha }) => sha === from)?.parents ?? []
  return parents.some((parent) => reaches(commits, parent, to))
}

law(
  'S4',
  'four eyes: a commit passes by the yes of somebody else to what holds it, and by no other',
  fc.property(graphs, given, (commits, said) => {
    const approvals = said.map(({ by, of, at }) => yes(by, `c${of % commits.length}`, at))
    const found = judgeFourEyes(facts({ commits, approvals, deployedAt: 10 }), DEFAULT_RULES)
    for (const [i, { sha, reason }] of found.commits.entries()) {
      const { author, ownPaths } = commits[i] ?? assert.fail()
      if (ownPaths !== undefined) continue
      const counts = approvals.some(
        (each) =>
          each.at <= 10 &&
          `${each.by}@example.org` !== author.email &&
          reaches(commits, each.sha ?? '', sha),
      )
      assert.equal(reason === 'approved', counts, sha)
    }
  }),
)
