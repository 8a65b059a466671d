/** The instances of one deployment: as many as its record asks for, the surplus on its way out. */
import { randomBytes } from 'node:crypto'
import { Fault } from '#kernel/fault.ts'
import type { GroupSpec, GroupStatus } from '#rollouts/ports.ts'
import { Instance, type InstanceParts } from './instance.ts'
import type { GroupRecord, InstanceRecord } from './records.ts'

/** What a group's instances get from their slot. */
export type GroupParts = Omit<InstanceParts, 'record' | 'argv' | 'health' | 'env' | 'folder'> & {
  readonly env: Readonly<Record<string, string>>
  readonly folder: (artifact: GroupRecord['artifact']) => Promise<string>
}

export class Group {
  #name: string
  readonly record: GroupRecord
  readonly #parts: GroupParts
  readonly #instances = new Map<string, Instance>()
  /** On their way out for good, however many are wished for meanwhile. */
  readonly #leaving = new Set<Instance>()

  constructor(name: string, record: GroupRecord, parts: GroupParts) {
    this.#name = name
    this.record = record
    this.#parts = parts
  }

  get name(): string {
    return this.#name
  }

  /** Another deployment goes on with the same instances. */
  rename(name: string): void {
    this.#name = name
  }

  get all(): readonly Instance[] {
    return [...this.#instances.values()]
  }

  /** Those that stay. */
  get kept(): readonly Instance[] {
    return this.#staying.slice(0, this.record.replicas)
  }

  /** Those that must go. */
  get surplus(): readonly Instance[] {
    return [...this.#staying.slice(this.record.replicas), ...this.#leaving]
  }

  get #staying(): readonly Instance[] {
    return this.all.filter((instance) => !this.#leaving.has(instance))
  }

  /** From here on it is not asked back: one that was told to stop cannot be counted on. */
  leave(instance: Instance): void {
    this.#leaving.add(instance)
  }

  /** Brings back what is on record, then adds what is missing; `save` is called in between. */
  fill(save: () => void): void {
    const { instances, replicas } = this.record
    while (instances.length - this.#leaving.size < replicas) instances.push(newRecord())
    save()
    for (const record of instances) {
      if (this.#instances.has(record.id)) continue
      const instance = this.#make(record)
      this.#instances.set(record.id, instance)
      instance.begin()
    }
  }

  forget(instance: Instance): void {
    this.#instances.delete(instance.id)
    this.#leaving.delete(instance)
    this.record.instances = this.record.instances.filter(({ id }) => id !== instance.id)
  }

  status(): GroupStatus {
    const instances = this.kept.map((instance) => instance.status())
    const ready = instances.filter(({ state }) => state === 'ready')
    return {
      group: this.name,
      version: this.record.version,
      replicas: this.record.replicas,
      ready: ready.length,
      preview: ready[0] && `http://127.0.0.1:${ready[0].port}`,
      instances,
    }
  }

  /**
   * Takes a newer wish for the same deployment: how many, and with which environment from the next
   * start on. Everything else is what makes it this deployment. Throws Fault `target.refused`.
   */
  update(spec: GroupSpec): void {
    if (this.record.replicas === 0)
      throw refused(`Group ${this.name} is being retired.`, 'Wait until it is gone.', true)
    const before = identityOf(this.record)
    if (before !== identityOf(recordOf(spec)))
      throw refused(
        `Group ${this.name} runs another version, artifact, command or health path.`,
        'These are fixed for a deployment: use a new group.',
        false,
      )
    this.record.replicas = spec.replicas
    this.record.env = { ...spec.env }
    this.record.artifact = { ...spec.artifact }
  }

  #make(record: InstanceRecord): Instance {
    const { env, folder, ...parts } = this.#parts
    return new Instance({
      ...parts,
      record,
      argv: this.record.argv,
      health: this.record.health,
      env: () => ({ ...this.record.env, ...env, SIGNALBOX_VERSION: this.record.version }),
      folder: () => folder(this.record.artifact),
    })
  }
}

export function recordOf(spec: GroupSpec): GroupRecord {
  return {
    version: spec.version,
    artifact: { ...spec.artifact },
    argv: [...spec.argv],
    health: spec.health,
    env: { ...spec.env },
    replicas: spec.replicas,
    instances: [],
  }
}

export function identityOf({ version, artifact, argv, health }: GroupRecord): string {
  return JSON.stringify([version, artifact.digest, argv, health])
}

/** Unique on the host: also the name of its home, of its output and of the router's server. */
function newRecord(): InstanceRecord {
  const id = `i-${randomBytes(5).toString('hex')}`
  return { id, port: 0, restarts: 0, ready: false, process: null }
}

function refused(message: string, remedy: string, retry: boolean): Fault {
  return new Fault('target.refused', message, { remedy, retry })
}
