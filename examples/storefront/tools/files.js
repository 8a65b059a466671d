/** The files of this service, for the tools beside this one. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'

/** What is made here and never committed. A runner's checkout has no git to ask. */
const MADE = new Set(['.git', 'node_modules', 'dist', 'junit.xml'])

/** Paths of all files below `folder`, relative to it, in a fixed order. */
export function filesBelow(folder, prefix = '') {
  return readdirSync(join(folder, prefix), { withFileTypes: true })
    .filter(({ name }) => !MADE.has(name))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = prefix === '' ? entry.name : `${prefix}/${entry.name}`
      return entry.isDirectory() ? filesBelow(folder, path) : [path]
    })
}

/** Whether the module was started as a program and not imported by a test. */
export const isProgram = (meta) => meta.main ?? process.argv[1] === meta.filename

/** Prints findings, one a line, and sets the exit code; `what` names the tool. */
export function report(what, findings, looked) {
  for (const finding of findings) process.stdout.write(`${finding}\n`)
  process.stdout.write(`${what}: ${looked}, ${findings.length} findings\n`)
  if (findings.length > 0) process.exitCode = 1
}
