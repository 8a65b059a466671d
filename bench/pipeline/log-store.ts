/**
 * A log of a million lines at the server: taken in chunks as a runner sends them, and its line ends
 * counted, without and with secrets taken out, beside plain appends of the same chunks in the same
 * run; then read by line, masked and searched.
 */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openFiles } from '../../src/connectors/files/files.ts'
import { formsOf, mask } from '../../src/pipelines/logs/mask.ts'
import { compilePattern } from '../../src/pipelines/logs/pattern.ts'
import { linesFrom } from '../../src/pipelines/routes/logs/lines-from.ts'
import { searchLog } from '../../src/pipelines/routes/logs/search.ts'
import { type Figures, percentile } from '../figures.ts'

const LINES = 1_000_000
const CHUNK_BYTES = 1024 * 1024
const SECRETS = 40
const ROUNDS = 3
const LOOKS = 200
const LOG = { run: 'run_bench', job: 'print', attempt: 1 }

export async function logStoreFigures(): Promise<Figures> {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-bench-'))
  try {
    const chunks = chunksOf(Buffer.from(Array.from({ length: LINES }, lineOf).join('')))
    const size = chunks.reduce((all, chunk) => all + chunk.length, 0)
    const secrets = Array.from({ length: SECRETS }, () => randomBytes(24).toString('base64'))
    const forms = formsOf(secrets)
    const { logs } = await openFiles(folder)
    // In turn, so that both meet the same machine.
    const plainMs: number[] = []
    const takenMs: number[] = []
    const maskedMs: number[] = []
    const take = (attempt: number, hide: (chunk: Buffer) => Uint8Array) =>
      timed(async () => {
        let offset = 0
        for (const chunk of chunks)
          offset = (await logs.append({ ...LOG, attempt }, offset, hide(chunk))).size
      })
    for (let round = 0; round < ROUNDS; round++) {
      plainMs.push(await plainAppends(join(folder, `plain-${round}`), chunks))
      takenMs.push(await take(2 * round + 1, (chunk) => chunk))
      maskedMs.push(await take(2 * round + 2, (chunk) => mask(chunk, forms, false)))
    }
    const perS = (ms: readonly number[]) => ({
      value: size / 1000 / percentile(ms, 0.5),
      unit: 'MB/s',
    })
    return {
      'log ingest, masked and indexed': { ...perS(maskedMs), goal: '>= 50' },
      'log ingest, indexed': perS(takenMs),
      'plain appends of the same': perS(plainMs),
      [`masking where it is read, ${SECRETS} secrets`]: perS([
        await timed(async () => chunks.forEach((chunk) => mask(chunk, forms, false))),
      ]),
      'any 200 lines of a million, p50': await looks(logs, 0.5),
      'the same, p99': await looks(logs, 0.99),
      'search, plain': perS([await search(logs, 'no such thing', false)]),
      'search, regular expression': perS([await search(logs, 'status=5\\d\\d|fatal', true)]),
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

type Logs = Awaited<ReturnType<typeof openFiles>>['logs']

const lineOf = (_: unknown, i: number) =>
  `2026-11-27T09:00:00Z info GET /api/v1/orders/${i} status=200 in ${i % 90} ms\n`

function chunksOf(whole: Buffer): Buffer[] {
  const count = Math.ceil(whole.length / CHUNK_BYTES)
  return Array.from({ length: count }, (_, i) =>
    whole.subarray(i * CHUNK_BYTES, (i + 1) * CHUNK_BYTES),
  )
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await work()
  return performance.now() - startedAt
}

/** The floor: the same chunks, each opened, written and closed, and nothing known of them. */
async function plainAppends(file: string, chunks: readonly Buffer[]): Promise<number> {
  return timed(async () => {
    for (const chunk of chunks) {
      const handle = await open(file, 'a')
      await handle.write(chunk)
      await handle.close()
    }
  })
}

async function looks(logs: Logs, share: number) {
  const ms: number[] = []
  for (let i = 0; i < LOOKS; i++) {
    const from = (i * 7_919_993) % (LINES - 200)
    ms.push(await timed(() => linesFrom(logs, LOG, { from, max: 200 })))
  }
  return { value: percentile(ms, share), unit: 'ms' }
}

/** Gone on with until the whole log was looked through, as a person would. */
async function search(logs: Logs, text: string, isRegex: boolean): Promise<number> {
  const pattern = compilePattern({ text, isRegex, isCaseSensitive: false })
  if ('rejected' in pattern) throw new Error(pattern.message)
  const { signal } = new AbortController()
  return timed(async () => {
    for (let from: number | null = 0; from !== null;) {
      const found: { readonly next: number | null } = await searchLog(logs, LOG, {
        pattern,
        from,
        limit: 100,
        context: 0,
        signal,
      })
      from = found.next
    }
  })
}
