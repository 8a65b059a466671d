/** Asks an instance whether it is healthy: 200 on its path within the deadline, nothing else. */
import http from 'node:http'

/** A health path that needs two seconds is overloaded, whatever it would have said. */
export const PROBE_MS = 2000

export function isHealthy(port: number, path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = http.get({
      host: '127.0.0.1',
      port,
      path,
      agent: false,
      headers: { 'user-agent': 'signalbox-health' },
      signal: AbortSignal.timeout(PROBE_MS),
    })
    request.once('error', () => resolve(false))
    request.once('response', (response) => {
      resolve(response.statusCode === 200)
      // The status is the answer; a body may be endless.
      response.destroy()
    })
  })
}
