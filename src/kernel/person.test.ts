import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { personsAmong } from './person.ts'

const anyAccounts = fc.uniqueArray(
  fc.record({
    id: fc.constantFrom('ana', 'ben', 'cy', 'dee', 'eve', 'fay'),
    emails: fc.uniqueArray(fc.constantFrom('a@x', 'b@x', 'c@x', 'd@x'), { maxLength: 3 }),
  }),
  { selector: ({ id }) => id },
)

describe('accounts of one person', () => {
  it('are those that share an identity, by way of a third too', () => {
    const persons = personsAmong([
      { id: 'cy', emails: ['b@x', 'c@x'] },
      { id: 'ben', emails: ['b@x', 'a@x'] },
      { id: 'dee', emails: ['c@x'] },
      { id: 'ana', emails: [] },
    ])
    assert.deepEqual(Object.fromEntries(persons), { cy: 'ben', ben: 'ben', dee: 'ben', ana: 'ana' })
  })
  it('have one name, whatever order they are known in; strangers have another', () =>
    fc.assert(
      fc.property(anyAccounts, fc.nat(), (accounts, turn) => {
        const persons = personsAmong(accounts)
        const cut = accounts.length === 0 ? 0 : turn % accounts.length
        const turned = [...accounts.slice(cut), ...accounts.slice(0, cut)]
        for (const { id } of accounts) assert.equal(persons.get(id), personsAmong(turned).get(id))
        for (const one of accounts)
          for (const other of accounts) {
            const share = one.emails.some((email) => other.emails.includes(email))
            if (share) assert.equal(persons.get(one.id), persons.get(other.id))
            if (one.id !== other.id && one.emails.length === 0)
              assert.notEqual(persons.get(one.id), persons.get(other.id))
          }
      }),
    ))
})
