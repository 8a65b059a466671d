import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Answer, Statement } from './batch.ts'
import { Questions } from './questions.ts'

const answerTo = ({ text }: Statement) => ({ rows: [text] }) as unknown as Answer

/** Who is asked, and how: the letters that were sent. */
function asking(fails: (text: string) => boolean = () => false, isOfOne = true) {
  const letters: string[][] = []
  const names: string[] = []
  const send = async (statements: readonly Statement[]) => {
    letters.push(statements.map(({ text }) => text))
    names.push(...statements.map(({ name }) => name))
    const bad = statements.find(({ text }) => fails(text))
    if (bad !== undefined) throw new Error(bad.text)
    return statements.map(answerTo)
  }
  const questions = new Questions(send, () => isOfOne)
  const ask = (text: string, values: unknown[] = []) =>
    questions.ask(text, values).then(
      ({ rows }) => rows[0] as unknown,
      (error: Error) => `failed: ${error.message}`,
    )
  return { ask, letters, names }
}

describe('questions', () => {
  it('that are asked together go in one letter, each different one once', async () => {
    const { ask, letters } = asking()
    const later = async () => {
      await Promise.resolve()
      return ask('c', [1])
    }
    const answers = await Promise.all([ask('a'), ask('b'), ask('a'), later(), ask('c', [2])])
    assert.deepEqual(answers, ['a', 'b', 'a', 'c', 'c'])
    assert.deepEqual(letters, [['a', 'b', 'c', 'c']])
  })

  it('are asked anew when they come after the letter was sent', async () => {
    const { ask, letters } = asking()
    await ask('a')
    await ask('a')
    assert.deepEqual(letters, [['a'], ['a']])
  })

  it('never wait behind more than a few dozen', async () => {
    const { ask, letters } = asking()
    await Promise.all(Array.from({ length: 70 }, (_, n) => ask(`q${n}`)))
    assert.deepEqual(
      letters.map(({ length }) => length),
      [32, 32, 6],
    )
  })

  it('are right although one beside them is wrong', async () => {
    const { ask, letters } = asking((text) => text === 'bad')
    const answers = await Promise.all([ask('a'), ask('bad'), ask('b')])
    assert.deepEqual(answers, ['a', 'failed: bad', 'b'])
    assert.deepEqual(letters, [['a', 'bad', 'b'], ['a'], ['bad'], ['b']])
  })

  it('all fail where one that fails ends the transaction', async () => {
    const { ask, letters } = asking((text) => text === 'bad', false)
    const answers = await Promise.all([ask('a'), ask('bad')])
    assert.deepEqual(answers, ['failed: bad', 'failed: bad'])
    assert.equal(letters.length, 1)
  })

  it('are kept by the database when they come again and again', async () => {
    const { ask, names } = asking()
    for (let n = 0; n < 8; n++) await ask('often')
    assert.equal(names[4], '')
    assert.match(names[5] ?? '', /^read\.\d+$/)
    assert.equal(names[7], names[5])
  })
})
