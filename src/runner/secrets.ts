/**
 * Secrets of a job, read where they are used and nowhere else: the server and its events know only
 * references. What a runner may read is its operator's to say, for whoever can write a pipeline can
 * write `env:SIGNALBOX_TOKEN` into it. A change from a fork gets none.
 */
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { Fault } from '#kernel/fault.ts'
import { listIn } from '#kernel/list.ts'
import type { LeasedJob } from '../pipelines/protocol.ts'
import { checkSecret, SECRET_BYTES_MAX } from './check-secret.ts'

/** `env:NAME`, `env:PREFIX_*`, `file:/path`, `file:/folder/*`: what jobs may ask for. */
export interface SecretRules {
  readonly allowed: readonly string[]
  /** Where `env:` looks. */
  readonly environment: Readonly<Record<string, string | undefined>>
}

export type Secrets = Readonly<Record<string, string>>

const RULE = /^(env:[A-Za-z_][A-Za-z0-9_]*\*?|file:\/[^\0,]*)$/
/** The runner's own; no rule opens it. */
const TOKEN = 'SIGNALBOX_TOKEN'

/** A list with commas. Throws Fault `runner.bad-secret-rule`. */
export function parseSecretRules(text: string): string[] {
  return listIn(text).map((rule) => {
    if (RULE.test(rule)) return rule
    throw new Fault('runner.bad-secret-rule', `${rule} says of no secret where it is.`, {
      remedy: 'Say env:NAME, env:PREFIX_*, file:/path or file:/folder/*, with commas between.',
      retry: false,
    })
  })
}

/** Throws Fault `secret.not-allowed`, `secret.missing`, `secret.too-short`, `secret.too-long`. */
export function readSecrets({ job, isFork }: LeasedJob, rules: SecretRules): Secrets {
  if (isFork === true) return {}
  const found = Object.entries(job.secrets ?? {}).map(([name, reference]) => {
    const value = readOne(name, reference, rules)
    checkSecret(name, value)
    return [name, value] as const
  })
  return Object.fromEntries(found)
}

function readOne(name: string, reference: string, rules: SecretRules): string {
  const at = reference.indexOf(':')
  const [kind, where] = [reference.slice(0, at), reference.slice(at + 1)]
  if (kind !== 'env' && kind !== 'file')
    throw new Fault('secret.not-allowed', `This runner cannot read ${kind}: for ${name}.`, {
      remedy: 'Use env:NAME or file:/path.',
      retry: false,
    })
  if (kind === 'env') {
    if (where === TOKEN || !isAllowed(reference, rules)) throw notAllowed(name, reference)
    const value = rules.environment[where]
    if (value === undefined) throw missing(name, reference)
    return value
  }
  if (!isAbsolute(where)) throw notAllowed(name, reference)
  return readFile(name, reference, where, rules)
}

/** A link leads only where the rules lead too. */
function readFile(name: string, reference: string, where: string, rules: SecretRules): string {
  // Before anything is looked at: whether a file is there is nobody's business either.
  if (!isAllowed(reference, rules)) throw notAllowed(name, reference)
  let value: string
  try {
    const real = realpathSync(where)
    if (!isAllowed(`file:${real}`, realRules(rules))) throw notAllowed(name, reference)
    if (statSync(real).size > SECRET_BYTES_MAX) checkSecret(name, 'x'.repeat(SECRET_BYTES_MAX + 1))
    value = readFileSync(real, 'utf8')
  } catch (error) {
    throw error instanceof Fault ? error : missing(name, reference)
  }
  // An editor's newline is not part of a password.
  return value.replace(/\r?\n$/, '')
}

function isAllowed(reference: string, { allowed }: SecretRules): boolean {
  if (reference.split('/').includes('..')) return false
  return allowed.some((rule) =>
    rule.endsWith('*') ? reference.startsWith(rule.slice(0, -1)) : reference === rule,
  )
}

/** Rules name folders as people know them, which may be links themselves. */
function realRules(rules: SecretRules): SecretRules {
  const allowed = rules.allowed.flatMap((rule) => {
    const star = rule.endsWith('/*')
    const path = rule.slice('file:'.length, star ? -2 : undefined)
    if (!rule.startsWith('file:')) return []
    try {
      return [`file:${realpathSync(path)}${star ? '/*' : ''}`, rule]
    } catch {
      return [rule]
    }
  })
  return { ...rules, allowed }
}

/** Those of an environment that a runner needs for these rules. */
export function allowedVariables(
  allowed: readonly string[],
  environment: SecretRules['environment'],
): Record<string, string | undefined> {
  const rules = { allowed, environment }
  const isFit = ([name]: readonly [string, unknown]) =>
    name !== TOKEN && isAllowed(`env:${name}`, rules)
  return Object.fromEntries(Object.entries(environment).filter(isFit))
}

const DIRECTORY = 'secrets'
/** In the environment of a job: the folder that holds each of its secrets as a file. */
export const SECRETS_VARIABLE = 'SIGNALBOX_SECRETS'

/** Beside the source, so that no output can hold them; gone with the workspace. */
export function mountSecrets(root: string, secrets: Secrets): Record<string, string> {
  if (Object.keys(secrets).length === 0) return {}
  const folder = join(root, DIRECTORY)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  for (const [name, value] of Object.entries(secrets))
    writeFileSync(join(folder, name), value, { mode: 0o600 })
  return { ...secrets, [SECRETS_VARIABLE]: folder }
}

/** What a job was given that an earlier runner started; they may have changed since. */
export function mountedSecrets(root: string): string[] {
  try {
    const folder = join(root, DIRECTORY)
    return readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'))
  } catch {
    return []
  }
}

function notAllowed(name: string, reference: string): Fault {
  return new Fault('secret.not-allowed', `This runner may not read ${reference} for ${name}.`, {
    remedy: `Its operator can allow it: signalbox runner --secrets ${reference}`,
    retry: false,
  })
}

function missing(name: string, reference: string): Fault {
  return new Fault('secret.missing', `${reference} is not there; it was to be ${name}.`, {
    remedy: 'Put it on the machine of the runner, or correct the reference.',
    retry: false,
  })
}
