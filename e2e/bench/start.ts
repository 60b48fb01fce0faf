import { chromium } from '@playwright/test'
import { startApplication, temporaryData } from '../app/application.ts'
import { type Row, show, spread } from './measure.ts'

const runs = 5

/** From starting the process to the first reading on the screen, with an empty and with a used data folder. */
export async function startRows(): Promise<Row[]> {
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu'],
  })
  try {
    const cold = await repeat(() => firstPaint(temporaryData()))
    const used = temporaryData()
    await firstPaint(used)
    const again = await repeat(() => firstPaint(used))
    return [
      { what: 'Cold start to the first useful paint, new data folder', ours: show(spread(cold), 'ms') },
      { what: 'Second start to the first useful paint', ours: show(spread(again), 'ms'), goal: '< 3,000 ms' },
    ]
  } finally {
    await browser.close()
  }

  async function firstPaint(data: string): Promise<number> {
    const began = performance.now()
    await using application = await startApplication({ data })
    const page = await browser.newPage()
    await page.goto(await application.link())
    await page.getByText('CPU').first().waitFor()
    const took = performance.now() - began
    await page.close()
    return took
  }
}

async function repeat(work: () => Promise<number>): Promise<number[]> {
  const times: number[] = []
  for (let n = 0; n < runs; n++) times.push(await work())
  return times
}
