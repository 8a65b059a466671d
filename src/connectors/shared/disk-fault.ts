/**
 * What a disk says, in our words. A full disk and a folder that cannot be used are the two failures
 * a person can mend, so each gets a code and a remedy; anything else is a bug and passes through.
 */
import { Fault } from '#kernel/fault.ts'

export interface DiskCodes {
  readonly noSpace: string
  readonly unusable: string
}

/** Quotas speak differently of the same trouble. */
const FULL = new Set(['ENOSPC', 'EDQUOT'])

export async function onDisk<T>(
  codes: DiskCodes,
  folder: string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw diskFault(codes, folder, error)
  }
}

/**
 * The fault to throw for an error met in the folder; the error itself when it is not the disk's.
 */
export function diskFault(codes: DiskCodes, folder: string, error: unknown): unknown {
  const said = errorCode(error)
  if (said === undefined) return error
  if (FULL.has(said))
    return new Fault(codes.noSpace, `There is no space left for ${folder}.`, {
      remedy:
        'Free space on that disk, or move the data to a larger one. Nothing was half written.',
      cause: error,
    })
  return new Fault(codes.unusable, `${folder} cannot be used: ${said}.`, {
    remedy: 'Check that the folder exists and that this user may read and write it.',
    cause: error,
  })
}

/** `ENOENT` and its like; undefined when the error is neither the file system's nor the lock's. */
export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string')
    return undefined
  return 'syscall' in error || error.code === 'ERR_SQLITE_ERROR' ? error.code : undefined
}

/** For `catch`: what is not there is undefined, and every other failure goes on. */
export function unlessAbsent(error: unknown): undefined {
  if (errorCode(error) !== 'ENOENT') throw error
}
