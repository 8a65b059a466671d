/** What a request says: who is asking, and the JSON it carries. Bounded and never trusted. */
const BODY_BYTES_MAX = 16 * 1024
const VISITOR_LENGTH_MAX = 64

/** The visitor by header, query or cookie, in this order; `anonymous` when nobody says. */
export function visitorOf(request) {
  const query = new URLSearchParams(request.url.split('?')[1] ?? '')
  const cookie = /(?:^|;\s*)visitor=([\w-]+)/.exec(request.headers.cookie ?? '')?.[1]
  const said = request.headers['x-visitor'] ?? query.get('visitor') ?? cookie
  return (said || 'anonymous').slice(0, VISITOR_LENGTH_MAX)
}

/** `{ value }`, or `{ error }` with a sentence for the caller. */
export async function readJson(request) {
  const chunks = []
  let size = 0
  for await (const chunk of request) {
    size += chunk.length
    if (size > BODY_BYTES_MAX) return { error: `the body exceeds ${BODY_BYTES_MAX} bytes` }
    chunks.push(chunk)
  }
  try {
    return { value: JSON.parse(Buffer.concat(chunks).toString('utf8')) }
  } catch {
    return { error: 'the body is not JSON' }
  }
}
