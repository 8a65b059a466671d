/** The files of a bundle as they come, a line each; one that does not say it ended is not whole. */
import { ApiError, postForLines } from '../../api/client.ts'
import type { TarFile } from '../../format/tar.ts'

export interface Wanted {
  readonly service: string
  /** Empty: every production environment. */
  readonly environment: string
  readonly from: string
  readonly to: string
}

interface Line {
  readonly path?: string
  readonly base64?: string
  readonly end?: boolean
  readonly failed?: string
}

export async function* exportBundle({
  service,
  environment,
  from,
  to,
}: Wanted): AsyncGenerator<TarFile> {
  const body = { service, from, to, ...(environment !== '' && { environment }) }
  for await (const text of postForLines('/evidence/bundles', body)) {
    const { path, base64, end, failed } = JSON.parse(text) as Line
    if (failed !== undefined) throw cut(failed)
    if (end === true) return
    if (path === undefined || base64 === undefined) throw cut('a line of it says nothing')
    yield { path, bytes: Uint8Array.from(atob(base64), (one) => one.charCodeAt(0)) }
  }
  throw cut('the answer ended in the middle')
}

const cut = (why: string) =>
  new ApiError({
    code: 'evidence.cut',
    detail: `The bundle is not whole: ${why}.`,
    remedy: 'Export it again.',
    status: 0,
  })
