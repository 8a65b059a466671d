/**
 * Asks the witnesses of the policy to cosign what was signed here, each from the size at which it
 * knows the log. What they answer is the one thing about the log that its owner cannot forge.
 */
import { Fault } from '#kernel/fault.ts'
import type { Logger } from '#engine/log.ts'
import { readCheckpoint } from '../log/checkpoint.ts'
import { consistencyProof, consistencyRanges } from '../log/merkle.ts'
import { type NoteSignature, readSignature, verifiedBy, writeNote } from '../log/note.ts'
import { isQuorum, type TrustPolicy, type WitnessOf } from '../log/policy.ts'
import type { WitnessClient } from '../ports.ts'
import { type LogFiles, subtreesFor } from '../queries/log-reads.ts'
import type { Head } from '../queries/sealing.ts'

export interface Witnesses {
  readonly policy: TrustPolicy
  readonly client: WitnessClient
}

export interface Sight {
  /** With the lines of everyone who cosigned. */
  readonly note: string
  readonly isQuorum: boolean
  /** A witness that knows more than we do, or another history. */
  readonly trouble?: { readonly published: number; readonly reason: string } | undefined
}

interface Asking {
  readonly files: LogFiles
  readonly head: Head
  readonly checkpoint: string
}

export class Witnessing {
  readonly #witnesses: Witnesses
  readonly #log: Logger
  /** By epoch and witness: the size that it knows. */
  readonly #known = new Map<string, number>()

  constructor(witnesses: Witnesses, log: Logger) {
    this.#witnesses = witnesses
    this.#log = log
  }

  async ask(asking: Asking): Promise<Sight> {
    const { policy } = this.#witnesses
    const answers = await Promise.all(policy.witnesses.map((each) => this.#askOne(each, asking)))
    const read = readCheckpoint(asking.checkpoint)
    if ('why' in read) throw new Error(read.why)
    const lines = answers.flatMap(({ lines }) => lines)
    const note = { ...read.note, signatures: [...read.note.signatures, ...lines] }
    const cosigned = new Set(
      answers.filter(({ lines }) => lines.length > 0).map(({ name }) => name),
    )
    return {
      note: writeNote(note),
      isQuorum: isQuorum(policy.quorum, cosigned),
      trouble: answers.find(({ trouble }) => trouble !== undefined)?.trouble,
    }
  }

  async #askOne(witness: WitnessOf, asking: Asking) {
    const { name, url } = witness
    const nothing = { name, lines: [] as readonly NoteSignature[] }
    if (url === undefined) return { ...nothing, trouble: undefined }
    try {
      return { name, ...(await this.#cosigned(witness, url, asking)) }
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      this.#log.warn({ witness: name, err: error }, 'a witness cannot be asked')
      return { ...nothing, trouble: undefined }
    }
  }

  async #cosigned({ name, key }: WitnessOf, url: string, { files, head, checkpoint }: Asking) {
    const known = `${head.epoch} ${name}`
    const refused = (published: number, why: string) => ({
      lines: [],
      trouble: { published, reason: `Witness ${name} ${why}` },
    })
    // It may know another size than we remember, once: then it says which.
    for (let tries = 0; tries < 2; tries++) {
      const old = this.#known.get(known) ?? 0
      const ranges = consistencyRanges(old, head.size)
      const subtree = await subtreesFor(files, head, ranges, head.size)
      const proof = consistencyProof(old, head.size, subtree)
      const answer = await this.#witnesses.client.addCheckpoint(url, { old, proof, checkpoint })
      if (answer.kind === 'refused') return refused(head.size, `refuses: ${answer.why}`)
      if (answer.kind === 'other-size') {
        if (answer.size > head.size)
          return refused(answer.size, `has seen ${answer.size} entries of this log`)
        if (answer.size === old && old === head.size)
          return refused(answer.size, 'has seen another log of this size')
        this.#known.set(known, answer.size)
        continue
      }
      const lines = believed(answer.lines, checkpoint, key)
      if (lines.length === 0) return refused(0, 'answers without a signature of its key')
      this.#known.set(known, head.size)
      return { lines, trouble: undefined }
    }
    return { lines: [], trouble: undefined }
  }
}

function believed(
  answered: readonly string[],
  checkpoint: string,
  key: WitnessOf['key'],
): readonly NoteSignature[] {
  const read = readCheckpoint(checkpoint)
  if ('why' in read) return []
  const lines = answered.map(readSignature).filter((each) => each !== undefined)
  return lines.filter((line) => {
    const found = verifiedBy({ text: read.note.text, signatures: [line] }, [key])
    return !('false' in found) && found.length > 0
  })
}
