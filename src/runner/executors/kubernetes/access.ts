/**
 * How to reach a cluster: from a kubeconfig, or from what every pod finds in itself. Programs that
 * a kubeconfig may name are not started: what they need is not known here, and a runner that stays
 * has a service account.
 */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import { Fault } from '#kernel/fault.ts'

/** In the place of the name of a file. */
export const IN_CLUSTER = 'in-cluster'
const ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount'
const SERVER = 'https://kubernetes.default.svc'
const FILE_BYTES_MAX = 1024 * 1024

export interface Access {
  readonly server: URL
  readonly namespace: string
  readonly tls: {
    readonly ca?: Buffer | undefined
    readonly cert?: Buffer | undefined
    readonly key?: Buffer | undefined
    readonly servername?: string | undefined
  }
  /** Asked for each time: it is exchanged while a runner lives. */
  token(): string | undefined
}

const name = z.string()
const context = z.looseObject({
  cluster: z.string(),
  user: z.string(),
  namespace: z.string().optional(),
})
const cluster = z.looseObject({
  server: z.url(),
  'certificate-authority': z.string().optional(),
  'certificate-authority-data': z.base64().optional(),
  'tls-server-name': z.string().optional(),
  'insecure-skip-tls-verify': z.boolean().optional(),
})
const user = z.looseObject({
  token: z.string().optional(),
  tokenFile: z.string().optional(),
  'client-certificate': z.string().optional(),
  'client-certificate-data': z.base64().optional(),
  'client-key': z.string().optional(),
  'client-key-data': z.base64().optional(),
  exec: z.unknown().optional(),
  'auth-provider': z.unknown().optional(),
})
const kubeconfig = z.looseObject({
  'current-context': z.string(),
  contexts: z.array(z.looseObject({ name, context })).default([]),
  clusters: z.array(z.looseObject({ name, cluster })).default([]),
  users: z.array(z.looseObject({ name, user })).default([]),
})
type Cluster = z.infer<typeof cluster>
type User = z.infer<typeof user>

/** Throws Fault `kubernetes.unknown-access`. */
export function accessFrom(file: string, namespace?: string): Access {
  const access = file === IN_CLUSTER ? ofThisPod() : ofFile(file)
  return namespace === undefined ? access : { ...access, namespace }
}

function ofThisPod(): Access {
  const inside = (name: string) => `${ACCOUNT}/${name}`
  if (!existsSync(inside('token'))) throw unknown('this process has no service account', IN_CLUSTER)
  return {
    server: new URL(SERVER),
    namespace: readFileSync(inside('namespace'), 'utf8').trim(),
    tls: { ca: readFileSync(inside('ca.crt')) },
    token: () => readFileSync(inside('token'), 'utf8').trim(),
  }
}

function ofFile(file: string): Access {
  const found = kubeconfig.safeParse(contentOf(file))
  if (!found.success) {
    const [issue] = found.error.issues
    throw unknown(`${issue?.path.join('.')}: ${issue?.message}`, file)
  }
  const config = found.data
  const current = config['current-context']
  const here = config.contexts.find((each) => each.name === current)?.context
  if (here === undefined) throw unknown(`it has no context '${current}'`, file)
  const there = config.clusters.find((each) => each.name === here.cluster)?.cluster
  if (there === undefined) throw unknown(`it has no cluster '${here.cluster}'`, file)
  const who = config.users.find((each) => each.name === here.user)?.user
  if (who === undefined) throw unknown(`it has no user '${here.user}'`, file)
  checkUsable(there, who, file)
  const at = (path: string) => resolve(dirname(file), path)
  const { token, tokenFile } = who
  const bytes = (data?: string, path?: string) => bytesOf(file, data, path)
  return {
    server: new URL(there.server),
    namespace: here.namespace ?? 'default',
    tls: {
      ca: bytes(there['certificate-authority-data'], there['certificate-authority']),
      cert: bytes(who['client-certificate-data'], who['client-certificate']),
      key: bytes(who['client-key-data'], who['client-key']),
      servername: there['tls-server-name'],
    },
    token: () => (tokenFile === undefined ? token : readFileSync(at(tokenFile), 'utf8').trim()),
  }
}

function checkUsable(there: Cluster, who: User, file: string): void {
  if (there['insecure-skip-tls-verify'] === true)
    throw unknown('it asks not to look at the certificate of its server', file)
  if (who.exec !== undefined || who['auth-provider'] !== undefined)
    throw unknown('its user is known by a program that is not started here', file)
}

function contentOf(file: string): unknown {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (cause) {
    throw unknown('it cannot be read', file, cause)
  }
  if (text.length > FILE_BYTES_MAX) throw unknown('it is too long', file)
  try {
    return parse(text)
  } catch (cause) {
    throw unknown('it is no YAML', file, cause)
  }
}

function bytesOf(file: string, data?: string, path?: string): Buffer | undefined {
  if (data !== undefined) return Buffer.from(data, 'base64')
  if (path === undefined) return undefined
  try {
    return readFileSync(resolve(dirname(file), path))
  } catch (cause) {
    throw unknown(`${path} cannot be read`, file, cause)
  }
}

function unknown(why: string, file: string, cause?: unknown): Fault {
  return new Fault('kubernetes.unknown-access', `How to reach Kubernetes, ${file}: ${why}.`, {
    remedy:
      'Name a kubeconfig with a token or a client certificate, or `in-cluster` for a runner that ' +
      'is a pod with a service account.',
    retry: false,
    cause,
  })
}
