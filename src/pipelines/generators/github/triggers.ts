/** What starts a workflow. */
import type { InputManifest } from '../../language/manifest.ts'
import { alternatives } from '../globs.ts'
import type { Lowered, Trigger } from '../lowered.ts'
import type { Yaml } from '../yaml.ts'

export function triggersOf({ push, pullRequest, isManual, inputs, directory }: Lowered): Yaml {
  return {
    ...(push !== undefined && { push: filterOf(push, directory) }),
    ...(pullRequest !== undefined && { pull_request: filterOf(pullRequest, directory) }),
    ...(isManual && { workflow_dispatch: Object.keys(inputs).length > 0 ? asked(inputs) : null }),
  }
}

/** Without branches a push of a tag would start it too. */
function filterOf({ branches = ['**'], paths }: Trigger, directory: string): Yaml {
  return {
    branches: branches.flatMap(alternatives).toSorted(wantedFirst),
    paths: paths
      ?.flatMap(alternatives)
      .map((path) => inFolder(path, directory))
      .toSorted(wantedFirst),
  }
}

/** There a later line undoes an earlier one; here what is unwanted is unwanted. */
const wantedFirst = (a: string, b: string) => Number(a.startsWith('!')) - Number(b.startsWith('!'))

function inFolder(glob: string, directory: string): string {
  const [not, path] = glob.startsWith('!') ? ['!', glob.slice(1)] : ['', glob]
  return `${not}${directory === '.' ? '' : `${directory}/`}${path}`
}

function asked(inputs: Readonly<Record<string, InputManifest>>): Yaml {
  const one = ({ type, options, default: given, required, description }: InputManifest) => ({
    description,
    type,
    required,
    options,
    default: given,
  })
  return {
    inputs: Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, one(input)])),
  }
}
