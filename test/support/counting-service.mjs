// A service that counts what it does as prom-client would, and is bad in a way that no router sees:
// every request is answered with 200, and a share of them is counted as failed.
import { createServer } from 'node:http'

const BAD_EVERY = 0
const { PORT, HOST } = process.env
let [well, failed] = [0, 0]
const name = 'http_request_duration_seconds'

createServer((request, response) => {
  if (request.url === '/health') return response.end('well')
  if (request.url === '/metrics')
    return response.end(
      [
        `${name}_bucket{status_code="200",le="0.1"} ${well}`,
        `${name}_bucket{status_code="200",le="+Inf"} ${well}`,
        `${name}_count{status_code="200"} ${well}`,
        ...(failed > 0 ? [`${name}_count{status_code="500"} ${failed}`] : []),
        '',
      ].join('\n'),
    )
  if (BAD_EVERY > 0 && (well + failed) % BAD_EVERY === 0) failed++
  else well++
  response.end('done')
}).listen(Number(PORT), HOST)
process.on('SIGTERM', () => process.exit(0))
