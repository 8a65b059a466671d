/**
 * Puts what runs into `dist/`, with a build-info.json that names every file's digest. The same
 * source makes the same bytes, so that a digest means something: no times, no paths, no host.
 */
import { createHash } from 'node:crypto'
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { filesBelow } from './files.js'

const SHIPPED = /^(server\.js|src\/|data\/)/
const digestOf = (bytes) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

rmSync('dist', { recursive: true, force: true })
const files = {}
for (const path of filesBelow('.').filter((path) => SHIPPED.test(path))) {
  mkdirSync(dirname(join('dist', path)), { recursive: true })
  cpSync(path, join('dist', path))
  files[path] = digestOf(readFileSync(path))
}
const { name } = JSON.parse(readFileSync('package.json', 'utf8'))
const info = { name, digest: digestOf(JSON.stringify(files)), files }
writeFileSync('dist/build-info.json', `${JSON.stringify(info, null, 2)}\n`)
process.stdout.write(`built ${Object.keys(files).length} files, ${info.digest}\n`)
