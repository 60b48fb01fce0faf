import { Button } from '#renderer/ui/Button.tsx'
import { ErrorPanel } from '#renderer/ui/ErrorPanel.tsx'
import { Section } from '#renderer/ui/Section.tsx'
import { StepList } from '#renderer/ui/StepList.tsx'
import { type ProviderTestRun, walkOf } from './use-provider-test.ts'

function verdictOf({ state, steps, error }: ProviderTestRun): string {
  if (state === 'running') return 'Testing…'
  if (state === 'cancelled') return 'Cancelled'
  if (error !== null) return 'Not tested'
  const failed = steps.find(({ status }) => status === 'failed')
  return failed === undefined ? 'Everything answered' : `Failed at ${failed.step}`
}

type ProviderTestProps = {
  readonly run: ProviderTestRun
  readonly onCancel: () => void
  readonly onClose: () => void
}

/** The walk of a provider, live, one line a step. Nobody is signed in by it. */
export function ProviderTest({ run, onCancel, onClose }: ProviderTestProps) {
  const verdict = verdictOf(run)
  return (
    <Section
      title={
        <>
          Test <span className="ml-1 font-normal text-muted">{verdict}</span>
        </>
      }
      actions={
        run.state === 'running' ? (
          <Button size={24} onClick={onCancel}>
            Cancel
          </Button>
        ) : (
          <Button size={24} kind="ghost" onClick={onClose}>
            Hide
          </Button>
        )
      }
    >
      <p role="status" className="sr-only">
        {verdict}
      </p>
      {run.error === null ? (
        <StepList wide steps={walkOf(run)} />
      ) : (
        <ErrorPanel title="The provider was not tested." error={run.error} />
      )}
    </Section>
  )
}
