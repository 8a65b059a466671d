// The service that deploy targets are tested with: one file, told what to do by path and environment.
import { spawn } from 'node:child_process'
import { createServer } from 'node:http'

const {
  PORT,
  HOST,
  SIGNALBOX_VERSION,
  SICK,
  CHILDREN,
  FLOOD,
  DELAY_MS = '0',
  HEALTH_MS = '0',
} = process.env
let written = 0
let probes = 0
const children = []
if (CHILDREN)
  for (const detached of [false, true])
    children.push(spawn('sleep', ['600'], { detached, stdio: 'ignore' }).pid)
if (FLOOD)
  setInterval(() => {
    // 2 MB a second.
    process.stdout.write(`${'x'.repeat(99_999)}\n`)
    written += 100_000
  }, 50)

const server = createServer((request, response) => {
  const [, what, argument] = (request.url ?? '/').split('/')
  const answers = {
    health: () => {
      setTimeout(() => response.writeHead(SICK ? 500 : 200).end(), Number(HEALTH_MS))
      probes++
    },
    probes: () => response.end(String(probes)),
    fail: () => response.writeHead(500).end('failed on purpose'),
    crash: () => process.exit(3),
    env: () => response.end(JSON.stringify({ env: process.env, cwd: process.cwd() })),
    children: () => response.end(JSON.stringify(children)),
    written: () => response.end(String(written)),
    echo: () => request.pipe(response),
    slow: () => {
      response.write('begun ')
      setTimeout(() => response.end('done'), Number(argument))
    },
  }
  const known = answers[what]
  if (known) known()
  else response.end(`${SIGNALBOX_VERSION} ${process.pid}`)
})
server.on('upgrade', (request, socket) => {
  socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n')
  socket.pipe(socket)
})
process.on('SIGTERM', () => server.close(() => process.exit(0)))
if (SICK) console.log('the database is not there')
setTimeout(() => server.listen(Number(PORT), HOST), Number(DELAY_MS))
