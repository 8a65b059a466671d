export const answer = (path) =>
  path === '/healthz' ? { status: 200, body: 'ok' } : { status: 404, body: 'not here' }
