import { createServer } from 'node:http'
import { answer } from './src/answer.js'

const port = Number(process.env.PORT ?? 8080)
createServer((request, response) => {
  const { status, body } = answer(request.url ?? '/')
  response.writeHead(status).end(body)
}).listen(port)
