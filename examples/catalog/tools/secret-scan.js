/**
 * Looks for keys and passwords in the files of this service, before they leave the building.
 * A finding is printed without the secret: logs travel further than code.
 */
import { readFileSync } from 'node:fs'
import { filesBelow, isProgram, report } from './files.js'

/** Text files are read whole; anything larger is data and not where people paste keys. */
const FILE_BYTES_MAX = 1024 * 1024
const PATTERNS = [
  ['private key', /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/],
  ['AWS access key', /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/],
  ['GitHub token', /\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_\w{50,})/],
  ['npm token', /\bnpm_[A-Za-z0-9]{36}\b/],
  ['Slack token', /\bxox[abprs]-[\w-]{10,}/],
  ['Stripe live key', /\b[rs]k_live_[A-Za-z0-9]{20,}/],
  ['JSON web token', /\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}/],
  ['password in an address', /\b[a-z][a-z+]*:\/\/[^\s:/@'"]+:[^\s:/@'"$]{4,}@/],
  [
    'secret in a setting',
    /\b(?:password|passwd|secret|api_?key)['"]?\s*[:=]\s*['"][^'"\s$]{8,}['"]/i,
  ],
]

/** Findings in one file, as `path:line: what`. */
export function secretsIn(path, text) {
  return text
    .split('\n')
    .flatMap((line, i) =>
      PATTERNS.filter(([, pattern]) => pattern.test(line)).map(
        ([what]) => `${path}:${i + 1}: may be a secret (${what}): revoke it, then take it out`,
      ),
    )
}

if (isProgram(import.meta)) {
  const paths = filesBelow('.')
  const findings = paths.flatMap((path) => {
    const bytes = readFileSync(path)
    return bytes.length > FILE_BYTES_MAX ? [] : secretsIn(path, bytes.toString('utf8'))
  })
  report('secret scan', findings, `${paths.length} files`)
}
