import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { keyOf, rawPublicKey, SIGNATURE_TYPE, type SignatureType, writeVkey } from './note.ts'
import { isQuorum, NO_WITNESS, readPolicy } from './policy.ts'

const vkey = (name: string, type: SignatureType) =>
  writeVkey(keyOf(name, type, rawPublicKey(generateKeyPairSync('ed25519').publicKey)))
const log = vkey('log.example', SIGNATURE_TYPE.ed25519)
const witness = (name: string) => vkey(`${name}.example`, SIGNATURE_TYPE.cosignature)

const TWO_LEVELS = `# Two organisations.
log ${log} https://log.example/
witness X1 ${witness('x1')} http://127.0.0.1:1/
witness X2 ${witness('x2')}
witness X3 ${witness('x3')}
group X-witnesses 2 X1 X2 X3

witness Y1 ${witness('y1')}
witness Y2 ${witness('y2')}
group Y-witnesses any Y1 Y2
group X-and-Y all X-witnesses Y-witnesses
quorum X-and-Y
`

test('the specification’s example asks two of three, and one of the others', () => {
  const policy = readPolicy(TWO_LEVELS)
  assert.ok(!('why' in policy))
  assert.deepEqual(
    policy.witnesses.map(({ name }) => name),
    ['X1', 'X2', 'X3', 'Y1', 'Y2'],
  )
  assert.equal(policy.witnesses[0]?.url, 'http://127.0.0.1:1/')
  const asked = (...names: string[]) => isQuorum(policy.quorum, new Set(names))
  assert.ok(asked('X1', 'X3', 'Y2'))
  assert.ok(!asked('X1', 'X2', 'X3'))
  assert.ok(!asked('X1', 'Y1', 'Y2'))
  assert.ok(isQuorum(NO_WITNESS, new Set()))
})

test('what is wrong with a policy is said with its line', () => {
  const x = witness('x')
  const why = (text: string) => {
    const policy = readPolicy(text)
    return 'why' in policy ? policy.why : 'nothing'
  }
  assert.match(why('log a'), /line 1: a key is/)
  assert.match(why(`log ${x}`), /line 1: .* key of a witness/)
  assert.match(why(`witness a ${log}`), /key of a log/)
  assert.match(why(`log ${log}\nlog ${log}`), /line 2: .* twice/)
  assert.match(why(`witness none ${x}`), /none is taken/)
  assert.match(why(`witness a ${x}\ngroup g 2 a`), /2 of 1/)
  assert.match(why('group g any a'), /a is not defined above/)
  assert.match(why(`witness a ${x}\ngroup g any a\ngroup h any a`), /in a group already/)
  assert.match(why('quorum none\nquorum none'), /one quorum/)
  assert.match(why('quorum a'), /not defined/)
  assert.match(why('witnes a'), /no keyword/)
  assert.match(why('# nothing'), /no quorum/)
  assert.equal(why('quorum none'), 'nothing')
})
