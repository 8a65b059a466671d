/**
 * The timestamps in a bundle: of which checkpoint an authority says when it saw it, that the log of
 * the bundle continues that one, and that nothing behind it claims to be older than that instant.
 */
import { readCheckpoint } from '../log/checkpoint.ts'
import { certificatesIn, verifyTimestamp } from '../log/timestamp-trust.ts'
import { authorityPlace, type BundleFiles, timestampPlace } from './layout.ts'
import { continues, type Problem, type Say, signedBy, type VerifiedLog } from './verify-log.ts'

export interface SeenAt {
  readonly authority: string
  /** The instant, as it says, RFC 3339. */
  readonly at: string
  /** How many entries were there by then. */
  readonly size: number
}

/** Written, and sealed that much later at most: by then its transaction was over. */
const SLACK_MS = 60 * 60 * 1000
/** In a log after the first, everything before its first entry was written long ago. */
const IS_LATER_EPOCH = /\/e\d+$/

export function verifyTimestamps(
  files: BundleFiles,
  log: VerifiedLog,
  /** Certificates that the reader had before, as PEM; left out: those in the bundle. */
  own: string | undefined,
): { readonly timestamps: readonly SeenAt[]; readonly problems: readonly Problem[] } {
  const problems: Problem[] = []
  const say: Say = (where, why) => void problems.push({ where, why })
  const timestamps = files.list().flatMap((path) => {
    const [, size = '', authority = ''] =
      /^log\/timestamps\/(\d{1,16})\/([a-z0-9-]+)\.tsr$/.exec(path) ?? []
    if (authority === '') return []
    const at = seenAt({ files, log, own, say }, { path, authority, size: Number(size) })
    return at === undefined ? [] : [at]
  })
  const inOrder = timestamps.toSorted((a, b) => a.size - b.size)
  antedated(log, inOrder, say)
  return { timestamps: inOrder, problems }
}

interface Around {
  readonly files: BundleFiles
  readonly log: VerifiedLog
  readonly own: string | undefined
  readonly say: Say
}

function seenAt(
  { files, log, own, say }: Around,
  of: { readonly path: string; readonly authority: string; readonly size: number },
): SeenAt | undefined {
  const place = timestampPlace(of.size, `${of.authority}.checkpoint`)
  const before = signedBy(files, place, log.keys, say)
  const note = files.read(place)
  const pem = own ?? files.read(authorityPlace(of.authority))?.toString()
  const trusted = certificatesIn(pem ?? '')
  if (before === undefined || note === undefined || log.checkpoint === undefined) return undefined
  if (trusted === undefined) {
    say(of.path, 'There are no certificates to check it with.')
    return undefined
  }
  const stamped = verifyTimestamp(files.read(of.path) ?? Buffer.alloc(0), note, trusted)
  if ('why' in stamped) {
    say(of.path, `The timestamp is not believed: ${stamped.why}.`)
    return undefined
  }
  const read = readCheckpoint(note.toString())
  if ('why' in read || read.size !== of.size || read.origin !== log.checkpoint.origin)
    say(place, 'It is a checkpoint of another tree than its folder says.')
  continues(files, { before, now: log.checkpoint }, timestampPlace(of.size, 'consistency'), say)
  return { authority: of.authority, at: new Date(stamped.at).toISOString(), size: before.size }
}

/** What was sealed after an instant was also written after it, but for what was under way. */
function antedated(log: VerifiedLog, inOrder: readonly SeenAt[], say: Say): void {
  if (log.checkpoint === undefined || IS_LATER_EPOCH.test(log.checkpoint.origin)) return
  let [next, floor] = [0, -Infinity]
  for (const [index, { recordedAt }] of log.headers) {
    for (let seen = inOrder[next]; seen && seen.size <= index; seen = inOrder[++next])
      floor = Math.max(floor, Date.parse(seen.at) - SLACK_MS)
    if (Date.parse(recordedAt) < floor)
      say(`entry ${index}`, 'It says that it is older than a checkpoint that it came after.')
  }
}
