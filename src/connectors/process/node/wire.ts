/** What the agent and its Node proxy say to each other. */
import { z } from 'zod'

const server = z.object({
  id: z.string(),
  port: z.number().int(),
  weight: z.number().min(0),
})

export const route = z.object({
  key: z.string(),
  port: z.number().int(),
  servers: z.array(server),
})

export const keyWish = z.object({ key: z.string() })

export const proxyReading = z.object({
  port: z.number(),
  servers: z.array(
    z.object({
      id: z.string(),
      weight: z.number(),
      inFlight: z.number(),
      requests: z.number(),
      bad: z.number(),
      latency: z.array(z.number()),
    }),
  ),
})
export type ProxyReading = z.infer<typeof proxyReading>
