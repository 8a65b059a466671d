/**
 * Node's HTTP client, loaded when it is first spoken: with all that it brings it takes longer to
 * load than many a job runs, and a run on a person's machine speaks to nobody. Asked for like this
 * rather than by `import()`, which would also load each thing that Node keeps for later there.
 */
import type http from 'node:http'
import type https from 'node:https'

export type { http }

export const loadHttp = (): typeof http => process.getBuiltinModule('node:http')
export const loadHttps = (): typeof https => process.getBuiltinModule('node:https')
