import type { TestStep } from '#preload/fleet/connections.ts'
import { Button } from '#renderer/ui/Button.tsx'
import { ErrorPanel } from '#renderer/ui/ErrorPanel.tsx'
import { Section } from '#renderer/ui/Section.tsx'
import { StepList, type StepStatus, type WalkStep } from '#renderer/ui/StepList.tsx'
import { stepNames, type TestRun } from './use-connection-test.ts'

const titles: Readonly<Record<TestStep['step'], string>> = {
  dns: 'DNS',
  tcp: 'TCP',
  tls: 'TLS',
  http: 'HTTP',
  auth: 'Sign-in',
  product: 'Product',
}

/** A step that was under way when the test ended does not run any more, and those after it will not. */
function shownOf(step: TestStep | undefined, run: TestRun['state']): StepStatus {
  if (run === 'running') return step?.status ?? 'waiting'
  if (step === undefined) return 'skipped'
  return step.status === 'running' ? 'cancelled' : step.status
}

function shown(name: TestStep['step'], { steps, state }: TestRun): WalkStep {
  const step = steps.find((candidate) => candidate.step === name)
  return { name: titles[name], status: shownOf(step, state), detail: step?.detail, hint: step?.hint, ms: step?.ms }
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
        <StepList steps={stepNames.map((name) => shown(name, run))} />
      ) : (
        <ErrorPanel title="The connection was not tested." error={run.error} />
      )}
    </Section>
  )
}
