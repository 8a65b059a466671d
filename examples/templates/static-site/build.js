import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'

const frame = readFileSync('frame.html', 'utf8')
mkdirSync('dist', { recursive: true })
for (const file of readdirSync('pages'))
  writeFileSync(
    `dist/${file}`,
    frame.replace('<!-- page -->', readFileSync(`pages/${file}`, 'utf8')),
  )
