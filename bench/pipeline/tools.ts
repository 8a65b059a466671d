/**
 * Who runs the graphs: this program, make as the floor, and its peers as npm gives them. Each gets
 * a folder of its own with the same files. Peers are installed when asked for, into a temporary
 * folder; one that cannot be had, or does not come to an end, is named with the reason.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { last, type Shape } from './shapes.ts'

const JOBS = '2'
const PROGRAM = resolve(import.meta.dirname, '..', '..', 'bin', 'signalbox.mjs')
const TOOLS = join(tmpdir(), 'signalbox-bench-tools')
/** One that needs longer for two hundred jobs that do nothing is not waited for. */
const RUN_MS_MAX = 120_000
const INSTALL_MS_MAX = 300_000

export interface Tool {
  readonly name: string
  /** In npm, with its version; absent: it is here. */
  readonly package?: string
  write(shape: Shape): Readonly<Record<string, string>>
  cold(shape: Shape): Command
  /** The same again, with everything known; absent: it knows nothing. */
  warm?(shape: Shape): Command
}

interface Command {
  readonly file: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

const SHIM = join(TOOLS, 'shim')
const json = (value: unknown) => JSON.stringify(value, null, 1)
const bin = (name: string) => join(TOOLS, 'node_modules', '.bin', name)

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

export const PEERS: readonly Tool[] = [
  {
    name: 'turbo without npm',
    package: 'turbo@2.11.11',
    write: (shape) => ({
      'package.json': json({
        name: 'bench',
        packageManager: 'npm@11.0.0',
        scripts: Object.fromEntries(shape.map(({ name }) => [name, 'true'])),
      }),
      'package-lock.json': json({ name: 'bench', lockfileVersion: 3, packages: {} }),
      'turbo.json': json({
        tasks: Object.fromEntries(
          shape.map(({ name, needs }) => [
            name,
            { dependsOn: needs, inputs: [`in/${name}`], outputs: [] },
          ]),
        ),
      }),
    }),
    cold: (shape) => turbo(shape, '--force'),
    warm: (shape) => turbo(shape),
  },
  {
    name: 'wireit',
    package: 'wireit@0.14.13',
    write: (shape) => {
      const all = { name: 'all', needs: last(shape) }
      return {
        'package.json': json({
          name: 'bench',
          scripts: Object.fromEntries([...shape, all].map(({ name }) => [name, 'wireit'])),
          wireit: Object.fromEntries([
            ...shape.map(({ name, needs }) => [
              name,
              { command: 'true', dependencies: needs, files: [`in/${name}`], output: [] },
            ]),
            ['all', { dependencies: all.needs }],
          ]),
        }),
      }
    },
    cold: () => wireit(),
    warm: () => wireit(),
  },
  {
    name: 'nx',
    package: 'nx@24.0.6',
    write: (shape) => ({
      'package.json': json({ name: 'bench', version: '0.0.0' }),
      'nx.json': json({ analytics: false }),
      'project.json': json({
        name: 'bench',
        targets: Object.fromEntries([
          ...shape.map(({ name, needs }) => [
            name,
            {
              executor: 'nx:run-commands',
              options: { command: 'true' },
              ...{ dependsOn: needs, inputs: [`{projectRoot}/in/${name}`] },
              ...{ outputs: [], cache: true },
            },
          ]),
          ['all', { executor: 'nx:noop', dependsOn: last(shape) }],
        ]),
      }),
    }),
    cold: () => nx('--skip-nx-cache'),
    warm: () => nx(),
  },
]

/** Named beside the figures: no configuration of these is written here. */
export const NOT_TRIED = {
  moon: 'it needs a toolchain of its own beside the graph',
  'gitlab-ci-local': 'it looks at every path of a graph and does not come to the end of a diamond',
}

const turbo = (shape: Shape, ...more: readonly string[]): Command => ({
  file: bin('turbo'),
  args: ['run', ...last(shape), `--concurrency=${JOBS}`, '--output-logs=none', ...more],
  // As it is, nearly all of its time is npm's, which it starts for every job.
  env: { PATH: `${SHIM}:${process.env['PATH']}`, TURBO_TELEMETRY_DISABLED: '1' },
})
const nx = (...more: readonly string[]): Command => ({
  file: bin('nx'),
  args: ['run', 'bench:all', `--parallel=${JOBS}`, '--outputStyle=static', ...more],
  env: { NX_DAEMON: 'false', NX_NO_CLOUD: 'true', NX_TUI: 'false', CI: 'true' },
})
const wireit = (): Command => ({
  file: process.execPath,
  args: [join(TOOLS, 'node_modules', 'wireit', 'bin', 'wireit.js')],
  env: {
    ...{ WIREIT_PARALLEL: JOBS, WIREIT_LOGGER: 'quiet', npm_command: 'run-script' },
    ...{ npm_lifecycle_event: 'all', npm_config_user_agent: 'npm/11.0.0' },
  },
})

/** Undefined: it is there. */
export function install(tool: Tool): string | undefined {
  if (tool.package === undefined) return undefined
  mkdirSync(TOOLS, { recursive: true })
  mkdirSync(SHIM, { recursive: true })
  writeFileSync(join(SHIM, 'npm'), '#!/bin/sh\nexec true\n', { mode: 0o755 })
  const nameOf = (wanted: string) => wanted.slice(0, wanted.lastIndexOf('@'))
  const isHere = (wanted: string) => existsSync(join(TOOLS, 'node_modules', nameOf(wanted)))
  if (isHere(tool.package)) return undefined
  const args = ['install', '--no-audit', '--no-fund', '--no-save', tool.package]
  const all = PEERS.flatMap(({ package: wanted = '' }) => (isHere(wanted) ? [wanted] : []))
  const { status, error } = spawnSync('npm', [...args, ...all], {
    ...{ cwd: TOOLS, stdio: 'ignore', timeout: INSTALL_MS_MAX },
  })
  return status === 0 ? undefined : `it cannot be installed: ${error?.message ?? `npm ${status}`}`
}

export function prepare(tool: Tool, shape: Shape, folder: string): void {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(join(folder, 'in'), { recursive: true })
  for (const { name } of shape) writeFileSync(join(folder, 'in', name), name)
  for (const [path, text] of Object.entries(tool.write(shape)))
    writeFileSync(join(folder, path), text)
  if (tool.package === undefined) return
  writeFileSync(join(folder, '.gitignore'), 'node_modules\n.turbo\n.nx\n.wireit\n')
  spawnSync('git', ['init', '-q'], { cwd: folder })
  // Some look for themselves beside what they run.
  spawnSync('ln', ['-s', join(TOOLS, 'node_modules'), join(folder, 'node_modules')])
}

/** Milliseconds from the command to its end, or why there are none. */
export function timed(command: Command, folder: string): number | string {
  const startedAt = performance.now()
  const { status, signal, stderr } = spawnSync(command.file, command.args, {
    cwd: folder,
    env: { PATH: process.env['PATH'], HOME: folder, ...command.env },
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: RUN_MS_MAX,
  })
  const tookMs = performance.now() - startedAt
  if (status === 0) return tookMs
  const why = signal === null ? `it ended with ${status}` : `not at its end after ${RUN_MS_MAX} ms`
  return `${why} ${String(stderr).trim().split('\n').at(-1)?.slice(0, 200) ?? ''}`.trim()
}
