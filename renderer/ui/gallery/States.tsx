import type { ReactNode } from 'react'
import { AppError } from '#preload/contract/error.ts'
import { EmptyState } from '../EmptyState.tsx'
import { ErrorPanel } from '../ErrorPanel.tsx'
import { ProgressLine } from '../ProgressLine.tsx'
import { QueryView } from '../QueryView.tsx'
import { Section } from '../Section.tsx'
import { Skeleton } from '../Skeleton.tsx'

const failure = new AppError('unreachable', 'Cannot reach Alertmanager prod at 10.0.3.7:9093.', {
  hint: 'The TCP connection was refused. Is the VPN up?',
  correlationId: '0192f0c1-7d1e-7c7a-9f0e-3b1f0a6b4c11',
})
const idle = () => undefined
const box = (content: ReactNode) => <div className="h-44 overflow-auto rounded border border-line">{content}</div>

export function States() {
  return (
    <>
      <Section title="Empty, in three voices">
        <div className="grid grid-cols-3 gap-3">
          {box(
            <EmptyState
              voice="unconfigured"
              title="No Alertmanager is connected"
              action={{ label: 'Add a connection', run: idle }}
            >
              Alerts of your own rules appear here as well.
            </EmptyState>,
          )}
          {box(<EmptyState voice="no-match" onClear={idle} />)}
          {box(<EmptyState voice="all-clear" title="Nothing is firing" since={Date.now() - 9_000_000} />)}
        </div>
      </Section>
      <Section title="Failed, stale, loading">
        <div className="grid grid-cols-3 gap-3">
          {box(
            <div className="p-3">
              <ErrorPanel title="The alerts could not be loaded." error={failure} onRetry={idle} />
            </div>,
          )}
          {box(
            <QueryView
              query={{
                data: ['payments', 'search'],
                error: failure,
                isFetching: false,
                dataUpdatedAt: Date.now() - 12_000,
                refetch: idle,
              }}
              ready={(rows) => (
                <ul className="p-3">
                  {rows.map((name) => (
                    <li key={name}>{name}</li>
                  ))}
                </ul>
              )}
            />,
          )}
          {box(<Skeleton />)}
        </div>
      </Section>
      <Section title="Progress">
        <div className="flex max-w-xl flex-col gap-3">
          <ProgressLine
            label="Exporting audit entries"
            done={41_230}
            total={120_000}
            secondsLeft={74}
            onCancel={idle}
          />
          <ProgressLine label="Backing up" done={1_200} />
        </div>
      </Section>
    </>
  )
}
