import { beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { personalCaller } from '#main/kernel/access/caller.ts'
import type { Policy, Question, Verdict } from '#main/kernel/access/policy.ts'
import type { AuditLog } from '#main/kernel/audit/log.ts'
import { manualClock } from '#main/kernel/clock.ts'
import { silentLog } from '#main/kernel/log/log.ts'
import { inEnvironment, serve } from '#main/kernel/service.ts'
import { command, defineContract, personal, query, secret, stream } from '#preload/contract/define.ts'
import { createRouter } from './router.ts'

const place = z.object({ environment: z.string() })

const trial = defineContract({
  area: 'test',
  capability: 'trial',
  summary: 'Operations of this test.',
  operations: {
    change: command({
      summary: 'Changes.',
      input: place.extend({ password: secret(), owner: personal() }),
      output: z.string(),
    }),
    look: query({ summary: 'Looks.', input: place, output: z.string() }),
    read: query({
      summary: 'Reads.',
      input: z.object({ text: z.string(), offset: z.number() }),
      output: z.string(),
      audited: true,
    }),
    follow: stream({ summary: 'Follows.', input: z.object({ to: z.number() }), output: z.number(), audited: true }),
  },
})

type Written = { readonly operation: string; readonly outcome: string; readonly attempt: Record<string, unknown> }

const ana = personalCaller('ana', 'browser', 's')
const signal = new AbortController().signal
const clock = manualClock()
let written: Written[]
let asked: Question[]
let verdict: Verdict
let router: ReturnType<typeof createRouter>

const allowed: Verdict = { allowed: true, policies: ['everything'] }
const forbidden: Verdict = { allowed: false, code: 'forbidden', reason: 'No.', hint: 'Ask.', policies: ['freeze'] }

beforeEach(() => {
  written = []
  asked = []
  verdict = allowed
  const policy: Policy = {
    judge(question) {
      asked.push(question)
      return verdict
    },
  }
  const audit: Pick<AuditLog, 'begin' | 'finish' | 'refuse'> = {
    begin: async (attempt) => ({ ...attempt, at: '' }),
    async finish({ operation, ...attempt }, { outcome }) {
      written.push({ operation, outcome, attempt })
      return {} as never
    },
    async refuse({ operation, ...attempt }) {
      written.push({ operation, outcome: 'forbidden', attempt })
      return {} as never
    },
  }
  router = createRouter({
    policy,
    audit: audit as AuditLog,
    clock,
    log: silentLog,
    services: [
      serve(
        trial,
        {
          change: () => 'changed',
          look: () => 'seen',
          read: ({ text }) => text,
          async *follow({ to }) {
            for (let n = 1; n <= to; n++) yield n
            if (to < 0) throw new Error('password=hunter2')
          },
        },
        {
          change: ({ environment }) => [inEnvironment(environment, 'x')],
          look: ({ environment }) => [inEnvironment(environment)],
        },
      ),
    ],
  })
})

const input = { environment: 'production', password: 'hunter2', owner: 'bo@example.com' }

describe('the door', () => {
  it('asks the policy about the environment that a call touches, and writes down what decided', async () => {
    expect(await router.call(ana, 'trial.change', input, signal)).toEqual({ ok: true, value: 'changed' })
    expect(asked).toMatchObject([
      {
        caller: { id: 'os:ana' },
        action: { name: 'trial.change', kind: 'command', area: 'test' },
        resources: [{ environment: 'production' }],
        grant: null,
      },
    ])
    expect(written).toMatchObject([
      {
        operation: 'trial.change',
        outcome: 'succeeded',
        attempt: { environments: ['production'], policies: ['everything'], approval: null },
      },
    ])
  })

  it('keeps secrets and personal data out of what it writes down', async () => {
    await router.call(ana, 'trial.change', input, signal)
    expect(written[0]?.attempt.input).toEqual({ environment: 'production', password: '[secret]', owner: '[personal]' })
  })

  it('says forbidden before it says what is wrong with the input, and writes the attempt down', async () => {
    verdict = forbidden
    const answer = await router.call(ana, 'trial.change', { nonsense: true }, signal)
    expect(answer).toMatchObject({ ok: false, error: { code: 'forbidden', message: 'No.', hint: 'Ask.' } })
    expect(written).toMatchObject([{ outcome: 'forbidden', attempt: { policies: ['freeze'], environments: [] } }])
  })

  it('says what is wrong with the input to whoever may call', async () => {
    expect(await router.call(ana, 'trial.look', { environment: 7 }, signal)).toMatchObject({
      ok: false,
      error: { code: 'invalid', at: 'environment' },
    })
  })

  it.each(['step_up', 'approval_required', 'unauthenticated'] as const)(
    'answers %s as the policy says',
    async (code) => {
      verdict = { ...forbidden, code }
      expect(await router.call(ana, 'trial.look', { environment: 'a' }, signal)).toMatchObject({ error: { code } })
    },
  )

  it('shows the policy the approvals that a call is carried out by, and names them in the log', async () => {
    const grant = { approval: 'a1', approvers: ['bo', 'cy'] }
    await router.call(ana, 'trial.change', input, signal, grant)
    expect(asked[0]?.grant).toEqual(grant)
    expect(written[0]?.attempt.approval).toBe('a1')
  })
})

describe('reading what is watched over', () => {
  const read = (text: string, offset: number) => router.call(ana, 'trial.read', { text, offset }, signal)

  it('is written down once for a question, whatever page of its answer is read, and again after ten minutes', async () => {
    await read('a', 0)
    await read('a', 200)
    await read('b', 0)
    expect(written.map(({ attempt }) => attempt.input)).toEqual([
      { text: 'a', offset: 0 },
      { text: 'b', offset: 0 },
    ])
    clock.advance(11 * 60_000)
    await read('a', 400)
    expect(written).toHaveLength(3)
  })

  it('is written down for each session', async () => {
    await read('a', 0)
    await router.call({ ...ana, session: 'other' }, 'trial.read', { text: 'a', offset: 0 }, signal)
    expect(written).toHaveLength(2)
  })

  it('is written down when it is refused', async () => {
    verdict = forbidden
    await read('a', 0)
    expect(written).toMatchObject([{ operation: 'trial.read', outcome: 'forbidden' }])
  })

  it('as a stream is written down with how it ended: done, failed, or left', async () => {
    const take = async (to: number, most = Number.POSITIVE_INFINITY) => {
      let taken = 0
      for await (const _ of router.open(ana, 'trial.follow', { to }, signal)) if (++taken >= most) break
    }
    await take(2)
    await take(-1).catch(() => {})
    await take(5, 1)
    expect(written.map(({ outcome }) => outcome)).toEqual(['succeeded', 'failed', 'failed'])
    expect(JSON.stringify(written)).not.toContain('hunter2')
  })
})
