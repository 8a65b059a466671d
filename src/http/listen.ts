/**
 * Listening, with a clear word when somebody else has the port or the address is not ours to use.
 */
import type { App } from '#engine/routing.ts'
import { Fault } from '#kernel/fault.ts'

export async function listenOn(
  server: App,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<string> {
  try {
    return await server.listen({ host, port })
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? ''
    if (code === 'EADDRINUSE')
      throw new Fault('server.port-in-use', `Port ${port} on ${host} is taken.`, {
        remedy: 'Stop what uses it, or choose another with --port; 0 takes any free one.',
        retry: false,
        cause: error,
      })
    throw new Fault('server.cannot-listen', `Cannot listen on ${host}:${port} (${code}).`, {
      remedy: 'Choose an address of this machine, and a port above 1023 unless you are root.',
      retry: false,
      cause: error,
    })
  }
}
