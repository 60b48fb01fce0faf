import { useQuery } from '@tanstack/react-query'
import { FileText, RotateCw } from 'lucide-react'
import { useState } from 'react'
import { useVaultRetry } from '#renderer/app/vault-port.ts'
import { Button } from '#renderer/ui/Button.tsx'
import { CopyButton } from '#renderer/ui/CopyButton.tsx'
import { plural } from '#renderer/ui/format.ts'
import { QueryView } from '#renderer/ui/QueryView.tsx'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { RelativeTime } from '#renderer/ui/Time.tsx'
import { useForbidden, whatItWrote } from './queries.ts'

const mostLines = 400

/** Lines as they were written, the newest last and in sight. */
export function Lines({ title, text }: { readonly title: string; readonly text: string }) {
  const all = text.trimEnd().split('\n')
  const shown = all.slice(-mostLines)
  const left = all.length - shown.length
  return (
    <div className="flex flex-col gap-1">
      <div className="flex min-h-6 items-center gap-2">
        <h3 className="flex-1 truncate text-secondary font-medium">
          <SafeText text={title} />
        </h3>
        <CopyButton text={text} label={`Copy ${title.replace(/^W/, 'w')}`} />
      </div>
      {left > 0 ? (
        <p className="text-secondary text-muted">{plural(left, 'earlier line')} can be had by copying.</p>
      ) : null}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard */}
      <section tabIndex={0} aria-label={title} ref={toEnd} className={box}>
        {shown.map((line, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the lines of a text have no other identity
          <div key={at}>
            <SafeText mono text={line === '' ? ' ' : line} />
          </div>
        ))}
      </section>
    </div>
  )
}
const box = 'max-h-60 overflow-auto rounded border border-line bg-surface-0 p-2'
const toEnd = (element: HTMLElement | null): void => element?.scrollTo({ top: element.scrollHeight })

type WrittenProps = { readonly environment: string; readonly service: string; readonly version: string }

/** What the instances of a version that runs wrote last. It is asked for by hand: each reading of it is recorded. */
export function Written({ environment, service, version }: WrittenProps) {
  const [open, setOpen] = useState(false)
  const forbidden = useForbidden()
  const retry = useVaultRetry()
  const asked = whatItWrote(environment, service, version, retry)
  const query = useQuery({ ...asked, enabled: open })
  const show = (): void => (open ? void query.refetch() : setOpen(true))
  return (
    <div className="flex flex-col gap-1">
      <div className="flex min-h-7 items-center gap-2">
        <Button
          size={24}
          icon={open ? RotateCw : FileText}
          busy={query.isFetching}
          forbidden={forbidden('rollouts.output')}
          onClick={show}
        >
          {open ? `Read again what ${version} wrote` : `Show what ${version} wrote`}
        </Button>
        {open && query.data !== undefined ? (
          <span className="text-secondary text-muted">
            Read <RelativeTime at={query.dataUpdatedAt} />
          </span>
        ) : null}
      </div>
      {open ? (
        <QueryView
          query={query}
          failure={`What ${version} wrote could not be read.`}
          empty={(all) =>
            all.every(({ text }) => text === '') ? (
              <p className="text-muted">{version} wrote nothing, or none of it runs here now.</p>
            ) : null
          }
          ready={(all) =>
            all.map(({ instance, text }) => (
              <Lines
                key={`${instance} ${query.dataUpdatedAt}`}
                title={`What instance ${instance} of ${version} wrote`}
                text={text}
              />
            ))
          }
        />
      ) : null}
    </div>
  )
}
