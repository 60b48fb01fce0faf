import { clsx } from 'clsx'
import { Check, CircleDashed, CircleSlash, LoaderCircle, type LucideIcon, X } from 'lucide-react'
import type { TestStep } from '#preload/fleet/connections.ts'
import { Button } from '#renderer/ui/Button.tsx'
import { ErrorPanel } from '#renderer/ui/ErrorPanel.tsx'
import { formatDuration } from '#renderer/ui/format.ts'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { Section } from '#renderer/ui/Section.tsx'
import { stepNames, type TestRun } from './use-connection-test.ts'

type Shown = TestStep['status'] | 'waiting' | 'cancelled'

const titles: Readonly<Record<TestStep['step'], string>> = {
  dns: 'DNS',
  tcp: 'TCP',
  tls: 'TLS',
  http: 'HTTP',
  auth: 'Sign-in',
  product: 'Product',
}

const looks: Readonly<Record<Shown, { readonly icon: LucideIcon; readonly color: string; readonly word: string }>> = {
  waiting: { icon: CircleDashed, color: 'text-muted', word: 'waiting' },
  running: { icon: LoaderCircle, color: 'text-accent', word: 'running' },
  ok: { icon: Check, color: 'text-ok', word: 'ok' },
  failed: { icon: X, color: 'text-critical', word: 'failed' },
  skipped: { icon: CircleSlash, color: 'text-muted', word: 'skipped' },
  cancelled: { icon: CircleSlash, color: 'text-warning', word: 'cancelled' },
}

/** A step that was under way when the test ended does not run any more, and those after it will not. */
function shownOf(step: TestStep | undefined, run: TestRun['state']): Shown {
  if (run === 'running') return step?.status ?? 'waiting'
  if (step === undefined) return 'skipped'
  return step.status === 'running' ? 'cancelled' : step.status
}

type StepProps = {
  readonly name: TestStep['step']
  readonly step: TestStep | undefined
  readonly run: TestRun['state']
}

function Step({ name, step, run }: StepProps) {
  const status = shownOf(step, run)
  const { icon: Icon, color, word } = looks[status]
  return (
    <li
      className={clsx(
        'grid grid-cols-[14px_56px_60px_minmax(0,1fr)_auto] items-baseline gap-x-2 border-l-2 py-1 pl-2',
        status === 'failed' ? 'border-critical bg-critical/5' : 'border-line',
      )}
    >
      <Icon aria-hidden size={13} className={clsx('translate-y-0.5', color, status === 'running' && 'animate-spin')} />
      <span className="font-medium">{titles[name]}</span>
      <span className={color}>{word}</span>
      <span className="min-w-0">
        {step?.detail === undefined ? null : (
          <SafeText text={step.detail} className={status === 'failed' ? 'text-fg' : 'text-muted'} />
        )}
        {step?.hint === undefined ? null : <SafeText text={step.hint} className="block text-fg" />}
      </span>
      <span className="text-right text-muted">{step?.ms === undefined ? '' : formatDuration(step.ms / 1000)}</span>
    </li>
  )
}

function verdictOf({ state, steps, error }: TestRun): string {
  if (state === 'running') return 'Testing…'
  if (state === 'cancelled') return 'Cancelled'
  if (error !== null) return 'Not tested'
  const failed = steps.find(({ status }) => status === 'failed')
  return failed === undefined ? 'Everything answered' : `Failed at ${titles[failed.step]}`
}

type ConnectionTestProps = {
  readonly run: TestRun
  readonly onCancel: () => void
  readonly onClose: () => void
  readonly onRepeat: () => void
}

/** The walk from name to product, live, one line a step. */
export function ConnectionTest({ run, onCancel, onClose, onRepeat }: ConnectionTestProps) {
  const stepOf = (name: TestStep['step']) => run.steps.find(({ step }) => step === name)
  return (
    <Section
      title={
        <>
          Test <span className="ml-1 font-normal text-muted">{verdictOf(run)}</span>
        </>
      }
      actions={
        run.state === 'running' ? (
          <Button size={24} onClick={onCancel}>
            Cancel
          </Button>
        ) : (
          <>
            <Button size={24} onClick={onRepeat}>
              Test again
            </Button>
            <Button size={24} kind="ghost" onClick={onClose}>
              Hide
            </Button>
          </>
        )
      }
    >
      <p role="status" className="sr-only">
        {verdictOf(run)}
      </p>
      {run.error === null ? (
        <ol className="flex flex-col gap-px">
          {stepNames.map((name) => (
            <Step key={name} name={name} step={stepOf(name)} run={run.state} />
          ))}
        </ol>
      ) : (
        <ErrorPanel title="The connection was not tested." error={run.error} />
      )}
    </Section>
  )
}
