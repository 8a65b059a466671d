/** Actions by the commit they are at: a tag can be moved to other code. */
const ACTIONS = {
  checkout: { at: '11bd71901bbe5b1630ceea73d27597364c9af683', version: 'v4.2.2' },
  'upload-artifact': { at: 'ea165f8d65b6e75b540449e92b4886f43607fa02', version: 'v4.6.2' },
  'download-artifact': { at: 'd3f86a106a0bac45b974a628896c90dbdf5c8093', version: 'v4.3.0' },
  cache: { at: '5a3ec84eff668545956fd18022155c47e93e2684', version: 'v4.2.3' },
} as const

export const action = (name: keyof typeof ACTIONS): string => `actions/${name}@${ACTIONS[name].at}`

/** Behind each of them the version, for people and for what updates them. */
export function withVersions(yaml: string): string {
  let text = yaml
  for (const { at, version } of Object.values(ACTIONS))
    text = text.replaceAll(`@${at}\n`, `@${at} # ${version}\n`)
  return text
}
