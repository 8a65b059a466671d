/**
 * Who runs the graphs: this program, make as the floor, and its peers as npm gives them. Each gets
 * a folder of its own with the same files. Peers are installed when asked for, into a temporary
 * folder; one that cannot be had, or does not come to an end, is named with the reason.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { last, type Shape } from './shapes.ts'

export const JOBS = '2'
const PROGRAM = resolve(import.meta.dirname, '..', '..', 'bin', 'signalbox.mjs')
export const TOOLS = join(tmpdir(), 'signalbox-bench-tools')
/** One that needs longer for two hundred jobs that do nothing is not waited for. */
const RUN_MS_MAX = 120_000
const INSTALL_MS_MAX = 300_000

export interface Tool {
  readonly name: string
  /** In npm, with its version; absent: it is here. */
  readonly package?: string
  /** One that is among the packages of this repository all the same. */
  readonly isOurs?: true
  /** One that needs longer is not waited for. */
  readonly msMax?: number
  write(shape: Shape): Readonly<Record<string, string>>
  cold(shape: Shape): Command
  /** The same again, with everything known; absent: it knows nothing. */
  warm?(shape: Shape): Command
}

export interface Command {
  readonly file: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

export const SHIM = join(TOOLS, 'shim')
export const HOME = join(TOOLS, 'home')
export const json = (value: unknown) => JSON.stringify(value, null, 1)
export const bin = (name: string) => join(TOOLS, 'node_modules', '.bin', name)

export const OURS: Tool = {
  name: 'signalbox',
  write: (shape) => ({
    'signalbox.yaml': json({
      apiVersion: 'signalbox.dev/v1',
      kind: 'Pipeline',
      metadata: { name: 'bench' },
      spec: {
        jobs: Object.fromEntries(
          shape.map(({ name, needs }) => [name, { run: 'true', needs, inputs: [`in/${name}`] }]),
        ),
      },
    }),
  }),
  cold: () => ({ file: process.execPath, args: [PROGRAM, 'run', '--slots', JOBS] }),
  warm: () => ({ file: process.execPath, args: [PROGRAM, 'run', '--slots', JOBS] }),
}

export const MAKE: Tool = {
  name: 'make -j2',
  write: (shape) => ({
    Makefile: [
      `.PHONY: all ${shape.map(({ name }) => name).join(' ')}`,
      `all: ${last(shape).join(' ')}`,
      ...shape.map(({ name, needs }) => `${name}: ${needs.join(' ')}\n\t@true`),
    ].join('\n'),
  }),
  cold: () => ({ file: 'make', args: ['-s', `-j${JOBS}`, 'all'] }),
}

/** Undefined: it is there. */
export function install(tool: Tool, all: readonly Tool[]): string | undefined {
  if (tool.package === undefined) return undefined
  mkdirSync(TOOLS, { recursive: true })
  for (const folder of [SHIM, HOME]) mkdirSync(folder, { recursive: true })
  writeFileSync(join(SHIM, 'npm'), '#!/bin/sh\nexec true\n', { mode: 0o755 })
  const nameOf = (wanted: string) => wanted.slice(0, wanted.lastIndexOf('@'))
  const isHere = (wanted: string) => existsSync(join(TOOLS, 'node_modules', nameOf(wanted)))
  if (isHere(tool.package)) return undefined
  const args = ['install', '--no-audit', '--no-fund', '--no-save', tool.package]
  // Named again, or npm takes them away.
  const others = all.flatMap(({ package: wanted = '' }) => (isHere(wanted) ? [wanted] : []))
  const { status, error } = spawnSync('npm', [...args, ...others], {
    ...{ cwd: TOOLS, stdio: 'ignore', timeout: INSTALL_MS_MAX },
  })
  return status === 0 ? undefined : `it cannot be installed: ${error?.message ?? `npm ${status}`}`
}

export function prepare(tool: Tool, shape: Shape, folder: string): void {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(join(folder, 'in'), { recursive: true })
  for (const { name } of shape) writeFileSync(join(folder, 'in', name), name)
  for (const [path, text] of Object.entries(tool.write(shape))) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  if (tool.package === undefined && tool.isOurs === undefined) return
  const ignored = ['node_modules', '.turbo', '.nx', '.wireit', '.moon/cache', '.gitlab-ci-local']
  writeFileSync(join(folder, '.gitignore'), ignored.join('\n'))
  const git = (...args: readonly string[]) => spawnSync('git', args, { cwd: folder })
  git('init', '-q', '-b', 'main')
  git('remote', 'add', 'origin', 'https://gitlab.invalid/bench/bench.git')
  git('add', '-A')
  git('-c', 'user.name=bench', '-c', 'user.email=bench@localhost', 'commit', '-qm', 'bench')
  // Some look for themselves beside what they run.
  spawnSync('ln', ['-s', join(TOOLS, 'node_modules'), join(folder, 'node_modules')])
}

/** Milliseconds from the command to its end, or why there are none. */
export function timed(command: Command, folder: string, msMax = RUN_MS_MAX): number | string {
  const startedAt = performance.now()
  const { status, signal, stderr } = spawnSync(command.file, command.args, {
    cwd: folder,
    env: { PATH: process.env['PATH'], HOME: folder, ...command.env },
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: msMax,
    // Some do not go when they are asked to.
    killSignal: 'SIGKILL',
  })
  const tookMs = performance.now() - startedAt
  if (status === 0) return tookMs
  const why = signal === null ? `it ended with ${status}` : `not at its end after ${msMax} ms`
  return `${why} ${String(stderr).trim().split('\n').at(-1)?.slice(0, 200) ?? ''}`.trim()
}
