/** A store that speaks S3 as far as the log needs it, and is as strict as the strictest. */
import { createHmac, hash, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'

export const KEY = { id: 'AKTEST', secret: 'secret/of+the test' }
const REGION = 'eu-test-1'
const BUCKET = 'log'
const SKEW_MS = 15 * 60_000

export interface FakeBucket {
  readonly endpoint: string
  readonly objects: Map<string, Buffer>
  readonly requests: string[]
  /** The next so many are answered with this status instead. */
  fail(status: number, times: number): void
  /** A store from before conditional writes. */
  forgetConditions(): void
}

export async function fakeBucket(t: Pick<TestContext, 'after'>): Promise<FakeBucket> {
  const objects = new Map<string, Buffer>()
  const requests: string[] = []
  let [failing, times, knowsConditions] = [0, 0, true]
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      requests.push(`${request.method} ${request.url}`)
      if (times-- > 0) return no(response, failing, 'SlowDown')
      const body = Buffer.concat(parts)
      const wrong = refused(request, body)
      if (wrong !== undefined) return no(response, ...wrong)
      const path = decodeURIComponent(request.url ?? '')
      if (!path.startsWith(`/${BUCKET}/`)) return no(response, 404, 'NoSuchBucket')
      const there = objects.get(path)
      if (request.method === 'GET')
        return there === undefined ? no(response, 404, 'NoSuchKey') : response.end(there)
      if (request.headers['x-amz-checksum-sha256'] !== hash('sha256', body, 'base64'))
        return no(response, 400, 'BadDigest')
      const isOnce = request.headers['if-none-match'] === '*' && knowsConditions
      if (isOnce && there !== undefined) return no(response, 412, 'PreconditionFailed')
      objects.set(path, body)
      return response.end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => new Promise((resolve) => server.close(resolve)))
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    objects,
    requests,
    fail: (status, count) => void ([failing, times] = [status, count]),
    forgetConditions: () => void (knowsConditions = false),
  }
}

function no(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { 'content-type': 'application/xml' })
  response.end(`<?xml version="1.0"?><Error><Code>${code}</Code></Error>`)
}

/** The signature made again, from what arrived, with nothing of the code that is tested. */
function refused(request: IncomingMessage, body: Buffer): [number, string] | undefined {
  const { authorization = '', 'x-amz-date': date = '' } = request.headers as Record<string, string>
  const [, id, day = '', region = '', names = '', signature = ''] =
    /^AWS4-HMAC-SHA256 Credential=(\w+)\/(\d{8})\/([\w-]+)\/s3\/aws4_request,SignedHeaders=([^,]+),Signature=([0-9a-f]{64})$/.exec(
      authorization,
    ) ?? []
  if (id !== KEY.id) return [403, 'InvalidAccessKeyId']
  if (region !== REGION || !date.startsWith(day)) return [400, 'AuthorizationHeaderMalformed']
  const iso = date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z')
  if (Math.abs(Date.now() - Date.parse(iso)) > SKEW_MS) return [403, 'RequestTimeTooSkewed']
  const sum = hash('sha256', body, 'hex')
  if (request.headers['x-amz-content-sha256'] !== sum) return [400, 'XAmzContentSHA256Mismatch']
  const lines = names.split(';').map((name) => `${name}:${String(request.headers[name])}\n`)
  const [path = '', search = ''] = (request.url ?? '').split('?')
  const canonical = [request.method, path, search, lines.join(''), names, sum].join('\n')
  const text = `AWS4-HMAC-SHA256\n${date}\n${day}/${region}/s3/aws4_request\n${hash('sha256', canonical, 'hex')}`
  let key: Buffer | string = `AWS4${KEY.secret}`
  for (const part of [day, region, 's3', 'aws4_request', text])
    key = createHmac('sha256', key).update(part).digest()
  const isRight = timingSafeEqual(Buffer.from(key), Buffer.from(signature, 'hex'))
  return isRight ? undefined : [403, 'SignatureDoesNotMatch']
}

export const bucketAt = (endpoint: string, secret = KEY.secret) => ({
  endpoint,
  bucket: BUCKET,
  region: REGION,
  prefix: 'box/',
  style: 'path' as const,
  key: () => ({ ...KEY, secret }),
})
