// A small real service, the subject of rollouts: answers with its version, fails and dawdles as its file says.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'

const { version, delayMs = 0, exitAfterMs = 0, ...behaviour } = JSON.parse(readFileSync('subject.json', 'utf8'))
// Its configuration may make it fail, whatever its files are.
const failEvery = Number(process.env.FAIL_EVERY ?? behaviour.failEvery ?? 0)
let served = 0
const server = createServer((request, response) => {
  if (request.url === '/healthz') return response.end('ok')
  served++
  const fails = failEvery > 0 && served % failEvery === 0
  if (fails) process.stderr.write(`ERROR request ${served}\n`)
  setTimeout(() => {
    response.writeHead(fails ? 500 : 200, { 'content-type': 'text/plain' })
    response.end(`version ${version} greeting ${process.env.GREETING ?? 'none'}\n`)
  }, delayMs)
})
server.listen(Number(process.env.PORT), process.env.HOST, () => process.stdout.write(`${version} listens\n`))
process.on('SIGTERM', () => server.close(() => process.exit(0)))
if (exitAfterMs > 0) setTimeout(() => process.exit(1), exitAfterMs)
