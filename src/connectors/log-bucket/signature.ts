/**
 * AWS Signature Version 4 for one request, as every S3-compatible store asks for it. A function of
 * its arguments: AWS's own worked examples are its test.
 */
import { createHmac, hash } from 'node:crypto'

export interface BucketKey {
  readonly id: string
  readonly secret: string
  /** Of keys that are lent for a while. */
  readonly session?: string | undefined
}

export interface Unsigned {
  readonly method: 'GET' | 'PUT' | 'HEAD'
  readonly url: URL
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

/** The headers to send: those of the request, and what proves who sends them. */
export function signedHeaders(
  request: Unsigned,
  by: { readonly key: BucketKey; readonly region: string; readonly at: number },
): Readonly<Record<string, string>> {
  const { key, region } = by
  // 20130524T000000Z
  const stamp = new Date(by.at).toISOString().replaceAll(/[-:]|\.\d{3}/g, '')
  const scope = `${stamp.slice(0, 8)}/${region}/s3/aws4_request`
  const headers: Record<string, string> = {
    ...request.headers,
    host: request.url.host,
    'x-amz-content-sha256': hash('sha256', request.body, 'hex'),
    'x-amz-date': stamp,
    ...(key.session !== undefined && { 'x-amz-security-token': key.session }),
  }
  const names = Object.keys(headers).toSorted()
  const canonical = [
    request.method,
    escaped(request.url.pathname),
    query(request.url.searchParams),
    ...names.map((name) => `${name}:${headers[name]?.trim().replaceAll(/ +/g, ' ')}`),
    '',
    names.join(';'),
    headers['x-amz-content-sha256'],
  ].join('\n')
  const toSign = ['AWS4-HMAC-SHA256', stamp, scope, hash('sha256', canonical, 'hex')].join('\n')
  const signature = hmac(signingKey(key.secret, scope), toSign).toString('hex')
  const { host: _, ...sent } = headers
  return {
    ...sent,
    authorization:
      `AWS4-HMAC-SHA256 Credential=${key.id}/${scope},` +
      `SignedHeaders=${names.join(';')},Signature=${signature}`,
  }
}

const hmac = (key: string | Buffer, text: string): Buffer =>
  createHmac('sha256', key).update(text).digest()

const signingKey = (secret: string, scope: string): Buffer =>
  scope.split('/').reduce<string | Buffer>(hmac, `AWS4${secret}`) as Buffer

/** As the store will read it, whoever escaped it before: each part once. */
const escaped = (path: string): string =>
  path
    .split('/')
    .map((part) => encoded(decodeURIComponent(part)))
    .join('/')

const query = (parameters: URLSearchParams): string =>
  [...parameters]
    .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
    .toSorted()
    .join('&')

/** RFC 3986, which leaves fewer letters alone than JavaScript does. */
const encoded = (text: string): string =>
  encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
  )
