/**
 * Who stands behind the pid in a lock file. A pid alone proves nothing: it may be a zombie that no
 * one reaps, or have been given to another program, even to the server of another database. So a
 * server counts as ours only if its working directory, which PostgreSQL sets to the data directory
 * before it takes the lock, is the very directory in question.
 */
import { execFile } from 'node:child_process'
import { readFile, stat } from 'node:fs/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

/**
 * `server`: the live server of this cluster. `stranger`: a live process that is not.
 * `zombie`: dead, but its parent never asked how it ended, so its pid still answers signals.
 */
export type Holder = 'server' | 'stranger' | 'zombie' | 'gone'

export async function holderOf(pid: number, cluster: string): Promise<Holder> {
  if (!Number.isInteger(pid) || pid <= 0) return 'gone'
  return process.platform === 'linux' ? linuxHolder(pid, cluster) : psHolder(pid, cluster)
}

// From /proc and not from ps, which slim container images lack.
async function linuxHolder(pid: number, cluster: string): Promise<Holder> {
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  const seen = parseProcStat(status)
  if (!seen) return 'gone'
  if (seen.state === 'Z' || seen.state === 'X') return 'zombie'
  if (seen.command !== 'postgres') return 'stranger'
  return (await isSameDirectory(`/proc/${pid}/cwd`, cluster)) ? 'server' : 'stranger'
}

/** The command's name stands in brackets and may itself hold brackets, spaces and line breaks. */
export function parseProcStat(text: string): { command: string; state: string } | undefined {
  const [, command, state] = /^\d+ \((.*)\) (\S) /s.exec(text) ?? []
  return command === undefined || state === undefined ? undefined : { command, state }
}

// By identity and not by name: the same directory may be mounted, linked or moved.
async function isSameDirectory(one: string, other: string): Promise<boolean> {
  const [a, b] = await Promise.all([one, other].map((path) => stat(path).catch(() => undefined)))
  return a !== undefined && b !== undefined && a.dev === b.dev && a.ino === b.ino
}

// Elsewhere the working directory is hard to come by; the arguments, which we wrote, are not.
async function psHolder(pid: number, cluster: string): Promise<Holder> {
  const line = await run('ps', ['-ww', '-o', 'stat=,command=', '-p', String(pid)]).then(
    ({ stdout }) => stdout.trim(),
    () => '',
  )
  return parsePs(line, cluster)
}

export function parsePs(line: string, cluster: string): Holder {
  if (line === '') return 'gone'
  if (line.startsWith('Z')) return 'zombie'
  return line.includes(`/postgres -D ${cluster} `) ? 'server' : 'stranger'
}
