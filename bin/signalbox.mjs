#!/usr/bin/env node
// Starts the program with the Node it is made for: the pinned one when the caller's is too old to
// run TypeScript as it stands. Runs the bundle where one is made of the sources as they are, since
// loading a thousand files takes longer than all the rest; else the sources. The compile cache
// makes the second start four times as fast.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import module from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { bundleOf } from './bundle.mjs'

const [major = 0] = process.versions.node.split('.').map(Number)
if (major < 24) {
  const pinned = fileURLToPath(new URL('../node_modules/.bin/node', import.meta.url))
  if (!existsSync(pinned)) {
    console.error(`Signalbox needs Node 24 or newer; this is ${process.version}.`)
    console.error('Run npm ci, which brings one for Linux, or install Node 24.')
    process.exit(2)
  }
  const args = [fileURLToPath(import.meta.url), ...process.argv.slice(2)]
  const { status, signal } = spawnSync(pinned, args, { stdio: 'inherit' })
  process.exit(signal === null ? (status ?? 1) : 1)
}
module.enableCompileCache()
const bundle = bundleOf(fileURLToPath(new URL('..', import.meta.url)))
await import(bundle === undefined ? '../src/main.ts' : pathToFileURL(bundle).href)
