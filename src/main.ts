/**
 * One program, several roles: a server, a runner, a target's agent, the demonstration, and for
 * every other verb the command line, which is a client of the server. Only what a role needs is
 * loaded.
 */
import { tmpdir } from 'node:os'
import { runCli } from '#cli/program.ts'
import type { readConfig } from './config.ts'
import { EXAMPLES, PROGRAM, VERSION } from './installation.ts'
import { searchPathIn } from './search-path.ts'

/** The bundle has what it is made of in its name. */
const [, BUILD] = /\/main-([\w-]+)\.js$/.exec(import.meta.url) ?? []

// Whoever read our output has gone (`| head`): nothing to say, and nothing to stop for.
process.stdout.on('error', () => {})

process.exitCode = await runCli(process.argv.slice(2), {
  environment: process.env,
  version: VERSION,
  roles: {
    async serve(flags) {
      const { serve } = await import('./serve.ts')
      const config = await configured({
        SIGNALBOX_DATA: flags.data,
        SIGNALBOX_HOST: flags.host,
        SIGNALBOX_PORT: flags.port,
        SIGNALBOX_ROLE: flags.role,
        SIGNALBOX_RUNNER_SLOTS: flags.runnerSlots,
        SIGNALBOX_ROUTER: flags.router,
      })
      return serve(config, { dev: flags.dev, version: VERSION })
    },
    async runner(flags) {
      const { listIn } = await import('#kernel/list.ts')
      const { runRunner } = await import('./runner/runner.ts')
      const { parseSecretRules } = await import('./runner/secrets.ts')
      const stop = new AbortController()
      const drain = new AbortController()
      // Asked once it ends its jobs first; asked again, or by a server that goes too, it hands
      // them back.
      const onSignal = () => (drain.signal.aborted || flags.attached ? stop : drain).abort()
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, onSignal)
      if (flags.attached) process.stdin.resume().once('close', () => stop.abort())
      const { logLevel, path, runnerSecrets, secrets } = await configured()
      const log = await logger(logLevel)
      const has = {
        labels: listIn(flags.labels ?? ''),
        secrets: parseSecretRules(flags.secrets ?? runnerSecrets),
        environment: secrets,
      }
      const ends = { signal: stop.signal, drain: drain.signal }
      try {
        await runRunner({ ...flags, ...has, ...ends, log, path })
      } finally {
        // Open, it would keep the process alive until the server lost its patience.
        if (flags.attached) process.stdin.destroy()
      }
      return 0
    },
    async witness(flags) {
      const { runWitness } = await import('./witness/witness.ts')
      const stop = new AbortController()
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort())
      const { logLevel } = await configured()
      await runWitness({ ...flags, log: await logger(logLevel), logs: flags.log }, stop.signal)
      return 0
    },
    async agent({ dir, socket, router }) {
      const { runAgent } = await import('./app.ts')
      const { logLevel, path } = await configured()
      const { ended } = await runAgent({ dir, socket, router, path, log: await logger(logLevel) })
      await ended
      return 0
    },
    async stopTarget({ data }) {
      const { stopTarget } = await import('./app.ts')
      await stopTarget((await configured({ SIGNALBOX_DATA: data })).dataDir)
      return 0
    },
    async judge(settings, lines) {
      const { replay } = await import('./rollouts/judge/replay.ts')
      return replay(settings, lines)
    },
    async judgeImport(documents, args) {
      const { importJudges } = await import('./rollouts/judge/compat/import.ts')
      return importJudges(documents, args)
    },
    async readGit(ask) {
      const { gitReader } = await import('./git-history.ts')
      const { secrets } = await configured()
      return gitReader({ environment: secrets, temporary: tmpdir() }, () => Date.now())(ask)
    },
    async verifyBundle(folder, trust) {
      const { verifyFolder } = await import('./bundle-folder.ts')
      return verifyFolder(folder, trust)
    },
    async printPdf(page) {
      const { printPdf } = await import('./print-pdf.ts')
      return printPdf(page, (await configured()).path)
    },
    async paved() {
      const { pavedRoad } = await import('./paved-road.ts')
      return pavedRoad
    },
    async testReports(folder, globs) {
      const { testReports } = await import('./test-reports.ts')
      return testReports(folder, globs)
    },
    async here() {
      const { here } = await import('./run-here.ts')
      return here({ path: searchPathIn(process.env), environment: process.env, build: BUILD })
    },
    async demo(flags) {
      const { INTERRUPTED, runDemo } = await import('./demo/demo.ts')
      const { path } = await configured()
      const code = await runDemo({ ...flags, program: PROGRAM, examples: EXAMPLES, path })
      return code === INTERRUPTED ? process.exit(code) : code
    },
  },
})

/** Most verbs need neither, and both take a while to load. */
async function configured(
  flags?: Parameters<typeof readConfig>[1],
): Promise<ReturnType<typeof readConfig>> {
  const config = await import('./config.ts')
  return config.readConfig(process.env, flags)
}

async function logger(level: string) {
  const { makeLogger } = await import('./engine/log.ts')
  return makeLogger(level)
}
