import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { describe, expect, it } from 'vitest'
import { startAlertmanager } from './alertmanager.ts'
import { startExporter } from './exporter.ts'
import { listen } from './listen.ts'
import { available, eventually, startPeer, temporaryDirectory } from './peer.ts'
import { postgresAvailable, startPostgres } from './postgres.ts'
import { startPrometheus } from './prometheus.ts'
import { startProxy } from './proxy.ts'

const alive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

async function startScript(script: string, ready: (log: () => string) => boolean, readyWithinMs = 5_000) {
  const directory = await temporaryDirectory('script')
  const args = ['-e', script]
  return {
    directory,
    starting: startPeer({
      name: 'script',
      command: 'node',
      args,
      url: '',
      directory,
      ready,
      readyWithinMs,
      graceMs: 200,
    }),
  }
}

describe('a peer', () => {
  it('knows which binaries this machine has', () => {
    expect(available('node')).toBe(true)
    expect(available('no-such-binary-here')).toBe(false)
  })

  it('is gone with its directory after stop, even if it ignores TERM', async () => {
    const script = "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log('up')"
    const { starting, directory } = await startScript(script, (log) => log().includes('up'))
    const peer = await starting
    expect(alive(peer.pid)).toBe(true)
    await peer.stop()
    expect(alive(peer.pid)).toBe(false)
    expect(existsSync(directory)).toBe(false)
  })

  it('reports the end of its log when it exits before it is ready', async () => {
    const { starting, directory } = await startScript("console.error('no such flag'); process.exit(3)", () => false)
    await expect(starting).rejects.toThrow(/exited \(3\)[\s\S]*no such flag/)
    expect(existsSync(directory)).toBe(false)
  })

  it('reports a binary that does not exist', async () => {
    const directory = await temporaryDirectory('nothing')
    const starting = startPeer({
      name: 'x',
      command: 'no-such-binary-here',
      args: [],
      url: '',
      directory,
      ready: () => false,
    })
    await expect(starting).rejects.toThrow(/x exited/)
  })

  it('is not waited for longer than its deadline', async () => {
    const { starting } = await startScript('setInterval(() => {}, 1000)', () => false, 300)
    await expect(starting).rejects.toThrow('not ready in time')
  })

  it('does not outlive a parent that is killed', async () => {
    const module = new URL('./peer.ts', import.meta.url).href
    const script = `
      const { startPeer, temporaryDirectory } = await import(${JSON.stringify(module)})
      const peer = await startPeer({ name: 'child', command: 'sleep', args: ['60'], url: '',
        directory: await temporaryDirectory('child'), ready: () => true })
      console.log(JSON.stringify({ pid: peer.pid, directory: peer.directory }))
      setInterval(() => {}, 1000)`
    const parent = spawn('node', ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
    const line = await new Promise<string>((resolve) => parent.stdout.once('data', (data) => resolve(String(data))))
    const { pid, directory } = JSON.parse(line)
    expect(alive(pid)).toBe(true)
    parent.kill('SIGKILL')
    expect(await eventually(() => !alive(pid), 3_000)).toBe(true)
    await rm(directory, { recursive: true })
  })
})

describe('a proxy', () => {
  it('refuses while it is cut, hangs while it is stalled, and is itself again on the same port', async () => {
    const server = await listen(createServer((_request, response) => response.end('here')))
    await using proxy = await startProxy(`http://127.0.0.1:${server.port}`)
    const read = async () => (await fetch(proxy.url, { signal: AbortSignal.timeout(500) })).text()
    expect(await read()).toBe('here')
    await proxy.cut()
    await expect(read()).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } })
    await proxy.restore()
    expect(await read()).toBe('here')
    await proxy.stall()
    await expect(read()).rejects.toMatchObject({ name: 'TimeoutError' })
    await proxy.restore()
    expect(await read()).toBe('here')
    await server.close()
  })
})

const rules = (threshold: number) => `
groups:
- name: test
  rules:
  - { alert: QueueLong, expr: 'queue_length > ${threshold}', labels: { severity: warning } }
`

describe.runIf(available('prometheus') && available('prometheus-alertmanager'))('the recipes', () => {
  it('raise an alert in Alertmanager from an exported value, and drop it when the rules change', async () => {
    await using exporter = await startExporter()
    await using alertmanager = await startAlertmanager()
    const targets = [{ job: 'shop', address: exporter.address, labels: { env: 'test' } }]
    await using prometheus = await startPrometheus({ rules: rules(10), alertmanagers: [alertmanager.url], targets })
    exporter.set('queue_length', { queue: 'say "hi"\\' }, 11)
    const labels = async () => {
      const response = await fetch(`${alertmanager.url}/api/v2/alerts`)
      return (await response.json()).map((one: { labels: unknown }) => one.labels)
    }
    expect(await eventually(async () => (await labels()).length === 1, 15_000, 100)).toBe(true)
    expect(await labels()).toMatchObject([{ alertname: 'QueueLong', queue: 'say "hi"\\', env: 'test' }])

    await prometheus.reload({ rules: rules(100) })
    const firing = async () => (await (await fetch(`${prometheus.url}/api/v1/alerts`)).json()).data.alerts.length
    expect(await eventually(async () => (await firing()) === 0)).toBe(true)
    await expect(prometheus.reload({ rules: 'groups: [{' })).rejects.toThrow('did not take the configuration')
  })

  it('have history before the first scrape', async () => {
    const seconds = Math.floor(Date.now() / 1000) - 86_400
    const backfill = `# TYPE sold counter\nsold_total 1 ${seconds}\nsold_total 5 ${seconds + 60}\n# EOF\n`
    await using prometheus = await startPrometheus({ backfill, pathPrefix: '/prom' })
    const response = await fetch(`${prometheus.url}/api/v1/query?query=sold_total&time=${seconds + 60}`)
    expect((await response.json()).data.result[0].value[1]).toBe('5')
  })

  it('gossip between two Alertmanagers', async () => {
    await using first = await startAlertmanager({ cluster: { peers: [] } })
    await using second = await startAlertmanager({ cluster: { peers: [first.clusterAddress ?? ''] } })
    const peers = async () => (await (await fetch(`${second.url}/api/v2/status`)).json()).cluster.peers.length
    expect(await eventually(async () => (await peers()) === 2)).toBe(true)
  })
})

describe.runIf(postgresAvailable())('a real PostgreSQL', () => {
  it('keeps what is in it over a restart on the same port, and leaves nothing behind', async () => {
    const peer = await startPostgres()
    await peer.admin('create table kept (x int)', 'insert into kept values (7)')
    const { pid, port } = peer
    let downSeen = false
    await peer.restart('immediate', async () => {
      downSeen = !alive(pid)
    })
    expect([downSeen, alive(pid), peer.port]).toEqual([true, false, port])
    expect(await peer.admin('select x from kept')).toEqual([{ x: 7 }])
    expect(await peer.admin('select rolsuper from pg_roles where rolname = $$ana$$')).toEqual([{ rolsuper: false }])
    const last = peer.pid
    await peer.stop()
    expect([alive(last), existsSync(peer.directory)]).toEqual([false, false])
  })
})
