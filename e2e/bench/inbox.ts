import { chromium, type Page } from '@playwright/test'
import { startAlertmanager } from '#e2e/app/peers/alertmanager.ts'
import { type Application, startApplication } from '../app/application.ts'
import { percentile, type Row, residentMiB, show, spread } from './measure.ts'

const alertCount = 10_000
const batch = 2_000
const keystrokes = 40
const refreshMs = 15_000

const browserFlags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--enable-precise-memory-info',
]

const alertOf = (n: number) => ({
  labels: {
    alertname: `Alert${n % 50}`,
    severity: ['critical', 'warning', 'info'][n % 3] ?? 'info',
    service: `service-${n % 200}`,
    instance: `host-${n}:9100`,
    team: `team-${n % 12}`,
    region: ['eu', 'us', 'ap'][n % 3] ?? 'eu',
  },
  annotations: {
    summary: `Something is wrong with host-${n}`,
    description: 'A description as rules commonly carry one.',
  },
})

/** Everything about 10,000 alerts, in the real browser against the real Alertmanager. */
export async function inboxRows(): Promise<Row[]> {
  await using alertmanager = await startAlertmanager()
  for (let at = 0; at < alertCount; at += batch)
    await alertmanager.post(Array.from({ length: batch }, (_, n) => alertOf(at + n)))
  const apiTimes = await repeat(5, async () => void (await (await fetch(`${alertmanager.url}/api/v2/alerts`)).text()))

  await using application = await startApplication({ pollEveryMs: refreshMs })
  const began = performance.now()
  await application.api.connections.create({
    kind: 'alertmanager',
    name: 'Bench',
    url: alertmanager.url,
    environment: 'prod',
    auth: { kind: 'none' },
    tls: {},
  })
  while ((await application.api.alerts.list({ limit: 1 })).total < alertCount) await pause(20)
  const connected = performance.now() - began
  const listTimes = await repeat(
    50,
    async () =>
      void (await application.api.alerts.list({ search: `host-${Math.floor(Math.random() * 1e4)}`, limit: 200 })),
  )

  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: browserFlags })
  try {
    const page = await browser.newPage({ viewport: { width: 1920, height: 1080 } })
    const paint = await openInbox(page, application)
    const typing = await measureTyping(page)
    const scrolling = await measureScrolling(page)
    const stalls = await measureStalls(application)
    const heap = await page.evaluate(
      () => (performance as unknown as { memory: { usedJSHeapSize: number } }).memory.usedJSHeapSize,
    )
    return [
      {
        what: 'Connect and merge 10,000 alerts',
        ours: `${connected.toFixed(0)} ms`,
        peer: `Alertmanager's own API: ${show(spread(apiTimes), 'ms')}`,
      },
      { what: 'A filtered window of 10,000 alerts, over the socket', ours: show(spread(listTimes), 'ms', 1) },
      { what: 'Open the page to the first rows', ours: `${paint.toFixed(0)} ms` },
      {
        what: 'Keystroke in the filter to painted character',
        ours: show(spread(typing.echo), 'ms', 1),
        goal: '< 50 ms',
      },
      {
        what: 'Keystroke in the filter to painted result',
        ours: show(spread(typing.result), 'ms', 1),
        goal: '< 50 ms',
      },
      {
        what: 'Scrolling 4 rows a frame: frames per second',
        ours: `${scrolling.fps.toFixed(0)} (slowest frame ${scrolling.slowest.toFixed(0)} ms)`,
        goal: '60',
      },
      { what: 'Memory: page heap', ours: `${(heap / 2 ** 20).toFixed(0)} MiB` },
      {
        what: 'Memory: application process',
        ours: `${residentMiB(application.pid).toFixed(0)} MiB`,
        peer: `Alertmanager: ${residentMiB(alertmanager.pid).toFixed(0)} MiB`,
      },
      {
        what: 'Main-thread delay while 10,000 alerts refresh every 15 s, p99',
        ours: show(spread(stalls), 'ms', 1),
        goal: '< 20 ms',
      },
    ]
  } finally {
    await browser.close()
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

async function repeat(count: number, work: () => Promise<void>): Promise<number[]> {
  const times: number[] = []
  for (let n = 0; n < count; n++) {
    const began = performance.now()
    await work()
    times.push(performance.now() - began)
  }
  return times
}

async function openInbox(page: Page, application: Application): Promise<number> {
  await page.goto(await application.link())
  await page.waitForURL((url) => !url.searchParams.has('token'))
  const began = performance.now()
  await page.goto(`${new URL(page.url()).origin}/alerts`)
  await page.getByRole('grid', { name: 'Alerts' }).getByText('firing').first().waitFor()
  return performance.now() - began
}

/** Digits narrow the list with every key, so that each keystroke has a result to wait for. */
const typed = '4242'

/** Types into the filter and watches, frame by frame, when the character and when the new count of alerts are painted. */
async function measureTyping(page: Page): Promise<{ echo: number[]; result: number[] }> {
  const input = page.getByLabel('Search alerts')
  await input.focus()
  const echo: number[] = []
  const result: number[] = []
  for (let n = 0; n < keystrokes; n++) {
    if (n % typed.length === 0) {
      await input.fill('')
      await pause(400)
    }
    const measured = page.evaluate(async () => {
      const counted = () =>
        document.querySelector('main')?.textContent?.match(/[\d\u2009]+ (of [\d\u2009]+ )?alerts?/)?.[0]
      const before = counted()
      const field = document.activeElement as HTMLInputElement
      const value = field.value
      await new Promise((resolve) => window.addEventListener('keydown', resolve, { once: true, capture: true }))
      const began = performance.now()
      let shown = 0
      for (let frames = 0; frames < 120; frames++) {
        await new Promise((resolve) => requestAnimationFrame(resolve))
        if (shown === 0 && field.value !== value) shown = performance.now() - began
        if (counted() !== before) return { echo: shown, result: performance.now() - began }
      }
      return { echo: shown, result: null }
    })
    await pause(30)
    await page.keyboard.press(typed[n % typed.length] ?? '4')
    const times = await measured
    if (times.result === null) throw new Error('A keystroke changed nothing.')
    echo.push(times.echo)
    result.push(times.result)
    await pause(150)
  }
  return { echo, result }
}

/** Pixels a frame; a fast wheel. */
const scrolledPerFrame = 120

async function measureScrolling(page: Page): Promise<{ fps: number; slowest: number }> {
  await page.getByLabel('Search alerts').fill('')
  await pause(1_000)
  const frames = await page.evaluate(async (step) => {
    const grid = document.querySelector('[role=grid]')
    let scroller = grid as HTMLElement | null
    for (const candidate of [grid, ...(grid?.querySelectorAll('*') ?? [])])
      if (candidate instanceof HTMLElement && candidate.scrollHeight > candidate.clientHeight + 1_000)
        scroller = candidate
    const times: number[] = []
    let last = performance.now()
    for (let n = 0; n < 300; n++) {
      if (scroller) scroller.scrollTop += step
      await new Promise((resolve) => requestAnimationFrame(resolve))
      const now = performance.now()
      times.push(now - last)
      last = now
    }
    return times
  }, scrolledPerFrame)
  return { fps: 1_000 / (frames.reduce((sum, time) => sum + time, 0) / frames.length), slowest: percentile(frames, 1) }
}

/** What the application measures of its own main thread, over three refreshes. */
async function measureStalls(application: Application): Promise<number[]> {
  const delays: number[] = []
  const until = performance.now() + 3 * refreshMs
  while (performance.now() < until) {
    await pause(5_000)
    const delay = (await application.api.metrics.host({}))?.application.eventLoopDelayP99Ms
    if (delay != null) delays.push(delay)
  }
  return delays
}
