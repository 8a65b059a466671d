import { describe, it } from 'node:test'
import { given } from '../../test/support/given.ts'
import { badCommit } from './bad-commit.ts'

const asked = { at: 1, by: 'ana', sha: 'bad', reason: 'loses every third order' } as const
const veto = (environment?: string) => ({ type: 'commit.veto', ...asked, environment }) as const
const unveto = (environment?: string) => ({ ...veto(environment), type: 'commit.unveto' }) as const
const vetoed = (environment = '*') => ({ type: 'commit.vetoed', ...asked, environment }) as const
const by = { at: 2, by: 'system', sha: 'bad', undoneBy: ['mend'], repeatedBy: [] } as const
const compare = { type: 'commit.compare', ...by } as const
const compared = { type: 'commit.compared', ...by } as const

describe('a bad commit', () => {
  it('is vetoed once, for one environment or all', () => {
    given(badCommit).when(veto()).then(vetoed())
    given(badCommit, vetoed()).when(veto()).then()
    given(badCommit, vetoed('dev')).when(veto()).then(vetoed())
  })
  it('is good again for what it was bad for', () => {
    given(badCommit, vetoed('prod'))
      .when(unveto('prod'))
      .then({ ...vetoed('prod'), type: 'commit.unvetoed' })
    given(badCommit, vetoed('prod')).when(unveto()).thenRejected('commit.not-vetoed')
    given(badCommit).when(unveto()).thenRejected('commit.not-vetoed')
  })
  it('is compared once, and again when it is bad again', () => {
    given(badCommit, vetoed()).when(compare).then(compared)
    given(badCommit, vetoed(), compared).when(compare).then()
    given(badCommit, vetoed('dev'), compared, vetoed()).when(compare).then()
    const lifted = { ...vetoed(), type: 'commit.unvetoed' } as const
    given(badCommit, vetoed(), compared, lifted, vetoed()).when(compare).then(compared)
  })
  it('needs a reason both ways', () => {
    for (const command of [veto(), unveto()])
      given(badCommit)
        .when({ ...command, reason: ' meh ' })
        .thenRejected('commit.no-reason')
  })
})
