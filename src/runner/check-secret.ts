/** Whether a secret can be kept out of logs at all. */
import { Fault } from '#kernel/fault.ts'
import { SECRET_BYTES_MIN } from '#kernel/secrets/forms.ts'

/** What an environment can hold of one variable. */
export const SECRET_BYTES_MAX = 64 * 1024
/** A key file has some fifty lines; what has more is no secret but data. */
const LINES_MAX = 500

/** Throws Fault `secret.too-short`, `secret.too-long`. The value is in no message. */
export function checkSecret(name: string, value: string): void {
  const size = Buffer.byteLength(value.trim())
  const about = { remedy: '', retry: false }
  if (size < SECRET_BYTES_MIN)
    throw new Fault(
      'secret.too-short',
      `The secret ${name} has less than ${SECRET_BYTES_MIN} bytes.`,
      {
        ...about,
        remedy: 'Use a longer one: this one could not be kept out of logs without hiding all else.',
      },
    )
  const lines = value.split('\n').length
  if (Buffer.byteLength(value) > SECRET_BYTES_MAX || lines > LINES_MAX)
    throw new Fault('secret.too-long', `The secret ${name} is too long to be kept out of logs.`, {
      ...about,
      remedy: `It may have ${SECRET_BYTES_MAX} bytes and ${LINES_MAX} lines; keep data elsewhere.`,
    })
}
