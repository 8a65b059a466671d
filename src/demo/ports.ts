/** Where the story's services will listen: refused at once when somebody else does. */
import { createServer } from 'node:net'
import { Fault } from '#kernel/fault.ts'

export async function refuseTaken(ports: readonly number[]): Promise<void> {
  const free = await Promise.all(ports.map(isFree))
  const taken = ports.filter((_, n) => free[n] !== true)
  if (taken.length === 0) return
  const [first] = taken
  throw new Fault('demo.port-taken', `Taken by another program: port ${taken.join(', ')}.`, {
    remedy:
      `End what listens there (\`ss -ltnp 'sport = :${first}'\`): another demonstration? ` +
      'Or take others: `signalbox demo --ports-from 31000`.',
    retry: false,
  })
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
