/** The commands of a job on this machine, confined where that works. */
import { dirname } from 'node:path'
import { SYSTEM_PATH } from '../environment.ts'
import { listsOfJob } from '../isolation.ts'
import type { Kit } from '../job-context.ts'
import { SANDBOX, sandboxArgs } from '../sandbox.ts'
import type { Executor } from './execution.ts'
import { adoptProcess, startProcess } from './process.ts'

export interface ProcessPlace {
  readonly kit: Pick<Kit, 'folder' | 'isolation'>
  /** Of the job, absolute. */
  readonly workspace: string
  /** Of the service, inside. */
  readonly folder: string
  readonly network: 'none' | 'full' | undefined
  readonly isSandboxed: boolean
  /** Nothing runs beside it. */
  readonly isAlone?: boolean
  /** A folder outside of the workspace that the job may write to as well. */
  readonly tree?: string | undefined
  /** Has to be seen wherever it lies: the folder of this program's Node. */
  readonly tools: string
}

export const TOOLS = dirname(process.execPath)

export function processExecutor(about: ProcessPlace): Executor {
  const { kit, workspace, folder, tree, network, isSandboxed, tools } = about
  const sandbox = isSandboxed ? SANDBOX : undefined
  const groups = listsOfJob(kit.isolation, workspace)
  const view = { hidden: kit.folder.root, workspace, tree, cwd: folder, tools, network }
  return {
    start({ line, env, state }, listener) {
      const shell = ['/bin/sh', '-eu', '-c', line] as const
      const [file, ...args] = isSandboxed ? [SANDBOX, ...sandboxArgs(view), ...shell] : shell
      const place = { cwd: folder, workspace, state, groups, path: SYSTEM_PATH, sandbox }
      return startProcess({ file, args, env, ...place }, listener)
    },
    adopt: (state, listener) =>
      Promise.resolve(adoptProcess({ workspace, state, sandbox, groups }, listener)),
  }
}
