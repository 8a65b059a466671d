/** The pages of docs/reference/, made from the sources they speak of. */
import { globSync, readFileSync } from 'node:fs'
import { z } from 'zod'
import { environmentManifest, serviceManifest } from '#catalog/commands.ts'
import { runCli } from '#cli/program.ts'
import { settings } from '../../src/config.ts'
import { policyManifest } from '#gates/commands.ts'
import { pipelineManifest } from '#pipelines/language/manifest.ts'
import { freezeManifest, windowManifest } from '#releases/commands.ts'
import { flagManifest } from '#rollouts/flags/commands.ts'
import { releasePlanManifest } from '#rollouts/plans/commands.ts'
import { releaseTrainManifest } from '#rollouts/plans/train.ts'
import { lawsPage } from './laws.ts'
import { type Refusal, refusalsIn } from './refusals.ts'
import { sqlPage } from './sql.ts'
import { TEMPLATES_FILE, templatesFile } from './templates.ts'

const HEAD = '<!-- Made by `npm run reference`; do not edit. -->\n\n'
const KINDS = {
  service: serviceManifest,
  environment: environmentManifest,
  policy: policyManifest,
  pipeline: pipelineManifest,
  freeze: freezeManifest,
  window: windowManifest,
  releaseplan: releasePlanManifest,
  releasetrain: releaseTrainManifest,
  flag: flagManifest,
}

export async function referencePages(): Promise<Readonly<Record<string, string>>> {
  const schemas = Object.entries(KINDS).map(([kind, schema]) => [
    `docs/reference/schemas/${kind}.json`,
    `${JSON.stringify(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }), null, 2)}\n`,
  ])
  return {
    'docs/reference/rejections.md': refusalsPage('rejection'),
    'docs/reference/faults.md': refusalsPage('fault'),
    'docs/reference/configuration.md': configurationPage(),
    'docs/reference/command-line.md': await commandLinePage(),
    'docs/reference/laws.md': HEAD + lawsPage(),
    'docs/reference/sql.md': HEAD + sqlPage(),
    [TEMPLATES_FILE]: templatesFile(),
    ...(Object.fromEntries(schemas) as Record<string, string>),
  }
}

export function allRefusals(): Refusal[] {
  const paths = globSync('src/**/*.ts')
    .filter((file) => !file.includes('.test.') && !file.endsWith('fixture.ts'))
    .sort()
  return refusalsIn(paths)
}

const INTRODUCTION = {
  rejection: `# Rejections

What Signalbox refuses, and what to do about it. A rejection changes nothing. Over HTTP it is \`application/problem+json\` with the code; the command line prints code, reason and remedy and exits with 1. \`…\` stands for what is filled in.
`,
  fault: `# Faults

What can go wrong in the world around Signalbox: disks, networks, other programs. Whatever was under way is tried again by itself where that can help. \`…\` stands for what is filled in.
`,
}

function refusalsPage(kind: Refusal['kind']): string {
  const byCode = Map.groupBy(
    allRefusals().filter((each) => each.kind === kind),
    ({ code }) => code,
  )
  const parts = [...byCode]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([code, all]) => part(code, all))
  return `${HEAD}${INTRODUCTION[kind]}\n${parts.join('\n')}`
}

function part(code: string, all: readonly Refusal[]): string {
  const said = new Map(
    all.map(({ message, remedy }) => [`${message}\n${remedy}`, { message, remedy }]),
  )
  const lines = [...said.values()].map(
    ({ message, remedy }) => `- ${flat(message)}${remedy === '' ? '' : ` *${flat(remedy)}*`}`,
  )
  return `## ${code}\n\n${lines.join('\n')}\n`
}

const flat = (text: string) => text.replaceAll(/\s+/g, ' ').trim() || '…'

function configurationPage(): string {
  const rows = Object.entries(settings.shape).map(([name, schema]) => {
    const { default: fallback, enum: choices } = z.toJSONSchema(schema, {
      io: 'input',
      unrepresentable: 'any',
    }) as { default?: unknown; enum?: readonly string[] }
    const values = choices === undefined ? '' : ` One of ${choices.join(', ')}.`
    const given = fallback === undefined ? '' : `\`${String(fallback)}\``
    return `| \`${name}\` | ${given} | ${schema.description ?? ''}${values} |`
  })
  return `${HEAD}# Configuration

None is needed. Environment variables, which flags of \`signalbox serve\` override:

| name | default | what |
| --- | --- | --- |
${rows.join('\n')}
`
}

async function commandLinePage(): Promise<string> {
  const help = async (...argv: string[]): Promise<string> => {
    let text = ''
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
    const out = (more: string) => {
      text += more
    }
    const io = { out, err: out, isTerminal: false, colour: false, columns: 100 }
    const never = () => Promise.resolve(0)
    const roles = {
      serve: never,
      runner: never,
      agent: never,
      witness: never,
      stopTarget: never,
      judge: () => Promise.resolve([]),
      judgeImport: () => Promise.resolve({ shadows: [], notes: [] }),
      verifyBundle: () => Promise.reject(new Error('not for help')),
      paved: () => Promise.reject(new Error('not for help')),
      testReports: () => Promise.resolve(undefined),
      readGit: () => Promise.reject(new Error('not for help')),
      here: () => Promise.reject(new Error('not for help')),
      printPdf: () => Promise.reject(new Error('not for help')),
      demo: never,
    }
    await runCli([...argv, '--help'], { environment: {}, version, roles, io })
    return text
  }
  const top = await help()
  const verbs = [...top.matchAll(/^ {2}([a-z]+)[ |]/gm)]
    .map((match) => match[1] ?? '')
    .filter((verb) => verb !== '' && verb !== 'help')
  const parts = await Promise.all(
    verbs.map(async (verb) => `## ${verb}\n\n\`\`\`\n${(await help(verb)).trim()}\n\`\`\`\n`),
  )
  return `${HEAD}# Command line

Exit codes: 0 done, 1 refused or failed, 2 bad usage, 3 waiting (not decided yet), 4 no server answers.

\`\`\`
${top.trim()}
\`\`\`

${parts.join('\n')}`
}
