/** The worked examples of AWS's own documentation, "Authenticating Requests", header-based. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { signedHeaders, type Unsigned } from './signature.ts'

const BY = {
  key: { id: 'AKIAIOSFODNN7EXAMPLE', secret: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' },
  region: 'us-east-1',
  at: Date.parse('2013-05-24T00:00:00Z'),
}
const HOST = 'https://examplebucket.s3.amazonaws.com'
const EMPTY = new Uint8Array()

const signatureOf = (request: Unsigned, by: typeof BY = BY) =>
  /Signature=([0-9a-f]+)$/.exec(signedHeaders(request, by)['authorization'] ?? '')?.[1]

describe('a request is signed as AWS signs it', () => {
  it('reading a part of an object', () =>
    assert.equal(
      signatureOf({
        method: 'GET',
        url: new URL(`${HOST}/test.txt`),
        headers: { range: 'bytes=0-9' },
        body: EMPTY,
      }),
      'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
    ))
  it('writing an object whose name has to be escaped', () =>
    assert.equal(
      signatureOf({
        method: 'PUT',
        url: new URL(`${HOST}/test$file.text`),
        headers: {
          date: 'Fri, 24 May 2013 00:00:00 GMT',
          'x-amz-storage-class': 'REDUCED_REDUNDANCY',
        },
        body: Buffer.from('Welcome to Amazon S3.'),
      }),
      '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
    ))
  it('asking with a query', () =>
    assert.equal(
      signatureOf({
        method: 'GET',
        url: new URL(`${HOST}/?max-keys=2&prefix=J`),
        headers: {},
        body: EMPTY,
      }),
      '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
    ))
  it('a session of lent keys is signed too', () => {
    const key = { ...BY.key, session: 'lent' }
    const request = { method: 'GET', url: new URL(`${HOST}/a`), headers: {}, body: EMPTY } as const
    const headers = signedHeaders(request, { ...BY, key })
    assert.equal(headers['x-amz-security-token'], 'lent')
    assert.match(headers['authorization'] ?? '', /;x-amz-security-token,/)
  })
})
