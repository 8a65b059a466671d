/**
 * One JSON line a thing worth knowing. Requests that went well are not: the router counts them.
 * A storm of errors is cut to a few lines a second, because a full disk helps nobody.
 */
const ERRORS_PER_SECOND_MAX = 5

/** `write` and `now` (ms) are for tests. */
export function createLog({
  write = (line) => process.stdout.write(line),
  now = () => Date.now(),
} = {}) {
  let second = 0
  let written = 0
  let dropped = 0
  const line = (level, message, fields) =>
    write(`${JSON.stringify({ at: new Date(now()).toISOString(), level, message, ...fields })}\n`)

  return {
    info: (message, fields = {}) => line('info', message, fields),
    error(message, fields = {}) {
      const current = Math.floor(now() / 1000)
      if (current !== second) {
        if (dropped > 0) line('error', 'more errors, not shown', { count: dropped })
        second = current
        written = 0
        dropped = 0
      }
      if (written < ERRORS_PER_SECOND_MAX) {
        written += 1
        line('error', message, fields)
      } else dropped += 1
    },
  }
}
