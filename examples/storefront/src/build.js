/** Which build this is: the digest that `tools/build.js` left beside us, or `dev` from source. */
import { readFileSync } from 'node:fs'

export function readBuild() {
  try {
    const text = readFileSync(new URL('../build-info.json', import.meta.url), 'utf8')
    return JSON.parse(text).digest.slice(0, 'sha256:'.length + 12)
  } catch {
    return 'dev'
  }
}
