/** Everything a machine can say about the code without running it, in one go, slowest last. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** What the compiler learned is kept beside the tools: only what has changed is looked at again. */
const types = (of: string, name: string) =>
  [
    'tsc',
    '-p',
    of,
    '--incremental',
    '--tsBuildInfoFile',
    `node_modules/.cache/${name}.json`,
  ] as const

const STEPS: readonly (readonly [what: string, command: string, ...args: string[]])[] = [
  ['format', 'oxfmt', '--check', 'src', 'test', 'tools', 'bench', 'web/src', 'bin'],
  ['lint', 'oxlint', '--type-aware', 'src', 'test', 'tools', 'bench', 'web/src'],
  ['imports', 'node', 'tools/check-imports.ts'],
  ['types', ...types('.', 'types')],
  ['types of the page', ...types('web', 'types-web')],
]

for (const [what, command, ...args] of STEPS) {
  const startedAt = performance.now()
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
  const [code] = (await once(child, 'close')) as [number | null]
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  console.log(`${code === 0 ? '✓' : '✕'} ${what} (${seconds} s)`)
  if (code === 0) continue
  console.error(said)
  process.exit(1)
}
