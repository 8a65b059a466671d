/** Asks an instance whether it is healthy: 200 on its path within the deadline, nothing else. */
import http from 'node:http'

/** A health path that needs two seconds is overloaded, whatever it would have said. */
export const PROBE_MS = 2000

export interface Complaint {
  /** `GET /healthz answered 500`. */
  readonly why: string
  /** Nobody listens there: usual while a process is starting, and after its end. */
  readonly isRefused: boolean
}

/** Undefined when it is healthy. */
export function askHealth(port: number, path: string): Promise<Complaint | undefined> {
  return new Promise((resolve) => {
    const complain = (what: string, isRefused = false) =>
      resolve({ why: `GET ${path} ${what}`, isRefused })
    const request = http.get({
      host: '127.0.0.1',
      port,
      path,
      agent: false,
      headers: { 'user-agent': 'signalbox-health' },
      signal: AbortSignal.timeout(PROBE_MS),
    })
    request.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED')
        return complain(`finds nobody listening on 127.0.0.1:${port}, its PORT`, true)
      if (error.name === 'AbortError' || error.name === 'TimeoutError')
        return complain(`was not answered within ${PROBE_MS / 1000} s`)
      complain(`failed: ${error.code ?? error.message}`)
    })
    request.once('response', (response) => {
      const { statusCode } = response
      if (statusCode === 200) resolve(undefined)
      else complain(`answered ${statusCode}`)
      // The status is the answer; a body may be endless.
      response.destroy()
    })
  })
}
