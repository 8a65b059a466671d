/**
 * Which router a host has. Once chosen it stays: the routers of the other kind may hold the public
 * ports, so a change of kind stops them first, and happens only when it was asked for by name or
 * the one in use is gone.
 */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { z } from 'zod'
import { Fault } from '#kernel/fault.ts'
import { loadJson, saveJson } from './files.ts'
import { HaproxyRouter } from './haproxy/router.ts'
import { NodeRouter } from './node/router.ts'
import type { Router } from './router.ts'
import { foldersOf, type AgentOptions, type Settings } from './settings.ts'

type Kind = Router['kind']

const record = z.object({ kind: z.enum(['haproxy', 'node']) })
/**
 * The first with checks on servers added at run time; older ones would be canaries without weight.
 */
const HAPROXY_MIN = 2.6

/** Throws Fault `target.refused` when HAProxy is asked for and not there. */
export async function openRouter(
  wish: AgentOptions['router'],
  settings: Settings,
  ended: () => void,
): Promise<Router> {
  const dir = foldersOf(settings.dir).routers
  const file = join(dir, 'kind.json')
  const before = loadJson(file, record)?.kind
  const kind = await choose(wish, before, settings)
  if (before && before !== kind) await (await open(before, settings, dir, ended)).close('stop')
  saveJson(file, { kind })
  return open(kind, settings, dir, ended)
}

async function choose(
  wish: AgentOptions['router'],
  before: Kind | undefined,
  settings: Settings,
): Promise<Kind> {
  if (wish === 'node' || (wish === 'auto' && before === 'node')) return 'node'
  const version = await haproxyVersion(settings.path)
  if (version !== undefined && version >= HAPROXY_MIN) return 'haproxy'
  if (wish === 'auto') return 'node'
  const found = version === undefined ? 'is not installed' : `is version ${version}`
  throw new Fault('target.refused', `HAProxy ${found}.`, {
    remedy: `Install HAProxy ${HAPROXY_MIN} or newer, or set the router to auto.`,
    retry: false,
  })
}

function open(kind: Kind, settings: Settings, dir: string, ended: () => void): Promise<Router> {
  return kind === 'haproxy'
    ? HaproxyRouter.open(settings, dir, ended)
    : Promise.resolve(new NodeRouter(settings, dir, ended))
}

/** `2.6` of `HAProxy version 2.6.12-1+deb12u4 …`; undefined when there is none. */
async function haproxyVersion(path: string): Promise<number | undefined> {
  try {
    const { stdout } = await promisify(execFile)('haproxy', ['-v'], { env: { PATH: path } })
    const [, version] = /version (\d+\.\d+)/.exec(stdout) ?? []
    return version === undefined ? undefined : Number(version)
  } catch {
    return undefined
  }
}
