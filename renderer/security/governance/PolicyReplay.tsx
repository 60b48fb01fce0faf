import { History, X } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import type { ReplayResult } from '#preload/security/policies.ts'
import { api } from '#renderer/rpc/client.ts'
import { Button } from '#renderer/ui/Button.tsx'
import { ErrorPanel } from '#renderer/ui/ErrorPanel.tsx'
import { plural } from '#renderer/ui/format.ts'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { RelativeTime, Timestamp } from '#renderer/ui/Time.tsx'
import { verdictWord } from './PolicyTests.tsx'

type Changed = Extract<ReplayResult, { kind: 'changed' }>
type Done = Extract<ReplayResult, { kind: 'done' }>
type Run = {
  readonly text: string
  readonly running: boolean
  readonly changed: readonly Changed[]
  readonly done: Done | null
  readonly error: unknown
}

const days = 30
const mostShown = 500

function useReplay() {
  const [run, setRun] = useState<Run | null>(null)
  const stop = useRef(new AbortController())
  useEffect(() => () => stop.current.abort(), [])
  const start = async (text: string) => {
    stop.current.abort()
    const abort = new AbortController()
    stop.current = abort
    const changed: Changed[] = []
    const put = (change: Partial<Run>) =>
      setRun({ text, running: true, changed: [...changed], done: null, error: null, ...change })
    put({})
    try {
      for await (const item of api.governance.replay({ text, days }, { signal: abort.signal }))
        if (item.kind === 'done') put({ running: false, done: item })
        else if (changed.push(item) % 20 === 0) put({})
    } catch (error) {
      if (!abort.signal.aborted) put({ running: false, error })
    }
  }
  return { run, start, stop: () => stop.current.abort() }
}

function Summary({ done }: { readonly done: Done }) {
  if (done.decisions === 0)
    return <p className="text-muted">No decision has been recorded yet, so there is nothing to compare with.</p>
  return (
    <p>
      {done.changed === 0
        ? 'Nothing would have been decided differently'
        : `${plural(done.changed, 'distinct decision')} would have been different`}
      , over {plural(done.decisions, 'decision')} ({plural(done.distinct, 'distinct one')})
      {done.from === null ? '' : ' since '}
      {done.from === null ? null : <Timestamp at={done.from} />}.
    </p>
  )
}

function ChangedLine({ changed }: { readonly changed: Changed }) {
  const { name, identity, action, environment, times, lastAt, was, becomes, policies } = changed
  return (
    <tr className="border-t border-line">
      <td className="px-2 py-1">
        <SafeText text={name ?? identity} oneLine />
      </td>
      <td className="px-2 py-1 font-mono text-code">{action}</td>
      <td className="px-2 py-1">{environment ?? '–'}</td>
      <td className={`px-2 py-1 ${becomes === 'allow' ? 'text-warning' : 'text-high'}`}>
        {verdictWord(was)} → {verdictWord(becomes)}
      </td>
      <td className="px-2 py-1 text-right">{times}</td>
      <td className="px-2 py-1 text-right">
        <RelativeTime at={lastAt} />
      </td>
      <td className="px-2 py-1 font-mono text-code">{policies.join(', ') || 'no policy allows it'}</td>
    </tr>
  )
}

/** What the text would have decided differently, had it been in force. */
export function PolicyReplay({ text }: { readonly text: string }) {
  const { run, start, stop } = useReplay()
  return (
    <div className="flex flex-col gap-3 p-3">
      <div className="flex items-center gap-2">
        {run?.running === true ? (
          <Button icon={X} onClick={stop}>
            Cancel
          </Button>
        ) : (
          <Button icon={History} kind="primary" onClick={() => void start(text)}>
            Compare with the last {days} days
          </Button>
        )}
        {run !== null && run.text !== text ? (
          <span className="text-warning">The text changed since this comparison.</span>
        ) : null}
      </div>
      {run === null ? (
        <p className="text-muted">
          Every decision of the door is remembered for {days} days: who, what, where, and how often. This asks the text
          you are writing about each of them.
        </p>
      ) : null}
      {run?.error == null ? null : <ErrorPanel title="The comparison did not finish." error={run.error} />}
      {run?.done == null ? null : <Summary done={run.done} />}
      {run === null || run.changed.length === 0 ? null : (
        <table className="w-full">
          <thead>
            <tr className="text-left text-label text-muted">
              <th className="px-2 font-medium">Who</th>
              <th className="px-2 font-medium">What</th>
              <th className="px-2 font-medium">Environment</th>
              <th className="px-2 font-medium">Change</th>
              <th className="px-2 text-right font-medium">Times</th>
              <th className="px-2 text-right font-medium">Last</th>
              <th className="px-2 font-medium">By policy</th>
            </tr>
          </thead>
          <tbody>
            {run.changed.slice(0, mostShown).map((changed) => (
              <ChangedLine
                key={`${changed.identity} ${changed.action} ${changed.environment} ${changed.was} ${changed.becomes}`}
                changed={changed}
              />
            ))}
          </tbody>
        </table>
      )}
      {run !== null && run.changed.length > mostShown ? (
        <p className="text-muted">The first {mostShown} are shown.</p>
      ) : null}
    </div>
  )
}
