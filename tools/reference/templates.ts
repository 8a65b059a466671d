/** The templates of the paved road as one file, so that the server reads no folder of its own. */
import { globSync, readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { templateManifest } from '#pipelines/templates/template.ts'

export const TEMPLATES_FILE = 'src/pipelines/templates/templates.generated.json'

export function templatesFile(): string {
  const all = globSync('src/pipelines/templates/*.yaml')
    .sort()
    .map((file) => {
      const { metadata, ...rest } = templateManifest.parse(parse(readFileSync(file, 'utf8')))
      const name = `paved-road/${file.replace(/^.*\//, '').replace('.yaml', '')}`
      if (name !== `${metadata.name}@${metadata.version}`)
        throw new Error(`${file} holds ${metadata.name}@${metadata.version}`)
      return { metadata, ...rest }
    })
  return `${JSON.stringify(all, null, 1)}\n`
}
