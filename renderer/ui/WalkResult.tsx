import { Button } from './Button.tsx'
import { ErrorPanel } from './ErrorPanel.tsx'
import { Section } from './Section.tsx'
import { StepList, type StepStatus } from './StepList.tsx'
import type { StepTold, Walk } from './walk.ts'

type WalkResultProps = {
  readonly run: Walk<StepTold>
  /** Every step that is to come, in order, with its title; without it steps are shown as they are told. */
  readonly titles?: Readonly<Record<string, string>> | undefined
  /** `The connection was not tested.` */
  readonly failure: string
  /** Room for step names of several words. */
  readonly wide?: boolean | undefined
  readonly onCancel: () => void
  readonly onClose: () => void
  readonly onRepeat?: (() => void) | undefined
}

/** A step that was under way when the walk ended does not run any more, and those after it will not. */
function statusOf(step: StepTold | undefined, state: Walk<StepTold>['state']): StepStatus {
  if (state === 'running') return step?.status ?? 'waiting'
  if (step === undefined) return 'skipped'
  return step.status === 'running' ? 'cancelled' : step.status
}

function verdictOf({ state, steps, error }: Walk<StepTold>, titles: Readonly<Record<string, string>>): string {
  if (state === 'running') return 'Testing…'
  if (state === 'cancelled') return 'Cancelled'
  if (error !== null) return 'Not tested'
  const failed = steps.find(({ status }) => status === 'failed')
  return failed === undefined ? 'Everything answered' : `Failed at ${titles[failed.step] ?? failed.step}`
}

/** A walk over a system, live, one line a step: how far one comes, and what to do where one does not. */
export function WalkResult(props: WalkResultProps) {
  const { run, titles = {}, failure, wide, onCancel, onClose, onRepeat } = props
  const verdict = verdictOf(run, titles)
  const names = Object.keys(titles).length === 0 ? run.steps.map(({ step }) => step) : Object.keys(titles)
  const steps = names.map((name) => {
    const told = run.steps.find(({ step }) => step === name)
    const { detail, hint, ms } = told ?? {}
    return { name: titles[name] ?? name, status: statusOf(told, run.state), detail, hint, ms }
  })
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
          <>
            {onRepeat === undefined ? null : (
              <Button size={24} onClick={onRepeat}>
                Test again
              </Button>
            )}
            <Button size={24} kind="ghost" onClick={onClose}>
              Hide
            </Button>
          </>
        )
      }
    >
      <p role="status" className="sr-only">
        {verdict}
      </p>
      {run.error === null ? <StepList wide={wide} steps={steps} /> : <ErrorPanel title={failure} error={run.error} />}
    </Section>
  )
}
