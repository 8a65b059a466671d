/** The peers as npm gives them, each with its own way to say the same graph. */
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { last, type Shape } from './shapes.ts'
import { bin, type Command, HOME, JOBS, json, SHIM, type Tool, TOOLS } from './tools.ts'

const GITLAB = join(
  dirname(createRequire(import.meta.url).resolve('gitlab-ci-local/package.json')),
  'dist',
  'index.js',
)

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
  {
    name: 'moon',
    package: '@moonrepo/cli@2.5.5',
    write: (shape) => ({
      '.moon/workspace.yml': json({ projects: { bench: '.' }, telemetry: false }),
      'moon.yml': json({
        tasks: Object.fromEntries(
          shape.map(({ name, needs }) => [
            name,
            { command: 'true', deps: needs, inputs: [`in/${name}`] },
          ]),
        ),
      }),
    }),
    cold: (shape) => moon(shape, '--force'),
    warm: (shape) => moon(shape),
  },
  {
    name: 'gitlab-ci-local',
    isOurs: true,
    // It looks at every path of a graph: a diamond has more of them than it will ever see.
    msMax: 30_000,
    write: (shape) => ({
      '.gitlab-ci.yml': json(
        Object.fromEntries(
          shape.map(({ name, needs }) => [
            // Words of its language are no names of jobs there.
            `job ${name}`,
            { needs: needs.map((need) => `job ${need}`), script: ['true'] },
          ]),
        ),
      ),
    }),
    cold: () => ({
      file: process.execPath,
      args: [GITLAB, '--force-shell-executor', '--concurrency', JOBS, '--quiet'],
    }),
  },
]

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
const moon = (shape: Shape, ...more: readonly string[]): Command => ({
  file: bin('moon'),
  args: ['run', ...last(shape).map((name) => `bench:${name}`), '--no-actions', '--quiet', ...more],
  // Its own folder lies at home, and may not be that of what it runs.
  env: { HOME, MOON_CONCURRENCY: JOBS },
})
