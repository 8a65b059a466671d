/**
 * Static analysis without a package to install: the engine parses every file, then come a few rules
 * of ours, each of which has broken a service once. Needs --experimental-vm-modules, because a
 * process for every file (node --check) takes ten times as long.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import vm from 'node:vm'
import { filesBelow, isProgram, report } from './files.js'

const LINE_COLUMNS_MAX = 100
/** What is refused, in which files, and why. Not in tools: the rules would find themselves. */
const RULES = [
  [/\bconsole\./, /^(server|src)/, 'use the log, which is bounded'],
  [/\bprocess\.env\b/, /^src/, 'server.js reads the environment and hands it on'],
  [/\beval\(|\bnew Function\(/, /^(server|src)/, 'text is never run as code'],
  [/(^|\s)var\s/, /^(server|src|test)/, 'use const or let'],
  [/[^=!]==[^=]|!=[^=]/, /^(server|src)/, 'compare with === or !=='],
  [/\b(test|it|describe)\.only\(/, /^test/, 'the other tests would not run'],
  [/\bfetch\(.*\)$/, /^src/, 'a call without a time limit hangs its caller'],
]
const IMPORT = /^import \{([^}]+)\} from '([^']+)'/gm
const EXPORT = /^export (?:async )?(?:function|const|class) (\w+)/gm
const disk = { exists: existsSync, read: (path) => readFileSync(path, 'utf8') }

/** Complaints about one file, as `path:line: what`; `files` is for tests. */
export function complaintsOf(path, text, files = disk) {
  const lines = text.split('\n').flatMap((line, i) => {
    const broken = RULES.filter(([what, where]) => where.test(path) && what.test(line))
    const long = line.length > LINE_COLUMNS_MAX ? ['line is too long'] : []
    return [...long, ...broken.map(([, , why]) => why)].map((what) => `${path}:${i + 1}: ${what}`)
  })
  return [...lines, ...importComplaints(path, text, files)]
}

/** Names that are imported and never used, or that the other file does not export. */
function importComplaints(path, text, files) {
  return [...text.matchAll(IMPORT)].flatMap(({ 1: names, 2: from, index }) => {
    const place = `${path}:${text.slice(0, index).split('\n').length}`
    const source = from.startsWith('.') ? join(dirname(path), from) : undefined
    if (source && !files.exists(source)) return [`${place}: there is no ${source}`]
    const exported = source && [...files.read(source).matchAll(EXPORT)].map(([, name]) => name)
    return names
      .split(',')
      .map((name) => name.trim().split(' as '))
      .filter(([theirs]) => theirs !== '')
      .flatMap(([theirs, ours = theirs]) => [
        ...(uses(text, ours) > 1 ? [] : [`${place}: ${ours} is imported and never used`]),
        ...(exported?.includes(theirs) === false
          ? [`${place}: ${source} exports no ${theirs}`]
          : []),
      ])
  })
}

const uses = (text, name) => [...text.matchAll(new RegExp(`\\b${name}\\b`, 'g'))].length

/** What the engine says to a file that is not a module. Nothing is run. */
function syntaxComplaints(path) {
  try {
    void new vm.SourceTextModule(disk.read(path))
    return []
  } catch {
    return [spawnSync(process.execPath, ['--check', path], { encoding: 'utf8' }).stderr.trim()]
  }
}

if (isProgram(import.meta)) {
  const paths = filesBelow('.').filter((path) => path.endsWith('.js'))
  const syntax = paths.flatMap(syntaxComplaints)
  const complaints = paths.flatMap((path) => complaintsOf(path, disk.read(path)))
  report('lint', [...syntax, ...complaints], `${paths.length} files`)
}
