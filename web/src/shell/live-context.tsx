/** Hands the state of the one stream to whoever shows it. */
import { createContext, type ReactNode, useContext, useSyncExternalStore } from 'react'
import type { Live, LiveStream } from '../live/stream.ts'

const Context = createContext<LiveStream | undefined>(undefined)

export function LiveProvider({ stream, children }: { stream: LiveStream; children: ReactNode }) {
  return <Context value={stream}>{children}</Context>
}

export function useLive(): Live {
  const stream = useContext(Context)
  if (stream === undefined) throw new Error('outside of LiveProvider')
  return useSyncExternalStore(stream.subscribe, stream.snapshot)
}
