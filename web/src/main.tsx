/** Starts the page: one query cache, one stream that keeps it fresh, one router. */
import { MutationCache, QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { isWorthAsking } from './api/client.ts'
import { letAllGo } from './kit/still.ts'
import { LiveStream } from './live/stream.ts'
import { router } from './router.tsx'
import { LiveProvider } from './shell/live-context.tsx'
import './styles.css'

/** The stream says what changed; this is for what it may have missed. */
const REFRESH_MS = 30_000

const client: QueryClient = new QueryClient({
  mutationCache: new MutationCache({
    onSettled: () => void client.invalidateQueries().then(letAllGo),
  }),
  defaultOptions: {
    queries: { staleTime: 5_000, refetchInterval: REFRESH_MS, retry: isWorthAsking },
  },
})
const stream = new LiveStream(client)
stream.start()

const root = document.getElementById('root')
if (root !== null)
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={client}>
        <LiveProvider stream={stream}>
          <RouterProvider router={router} />
        </LiveProvider>
      </QueryClientProvider>
    </StrictMode>,
  )
