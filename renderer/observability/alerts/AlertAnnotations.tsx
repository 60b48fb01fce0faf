import { BookOpen } from 'lucide-react'
import { webAddress } from '#renderer/ui/inert-text.ts'
import { KeyValueList } from '#renderer/ui/KeyValueList.tsx'
import { Link } from '#renderer/ui/Link.tsx'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { Section } from '#renderer/ui/Section.tsx'
import { linkedPieces } from './linked-text.ts'

type Annotations = Readonly<Record<string, string>>

const runbookNames = ['runbook_url', 'runbook', 'runbookUrl']
const leading = ['summary', 'message', 'description']

/** Text from outside, inert but for plain http(s) addresses in it. */
export function LinkedText({ text }: { readonly text: string }) {
  // A text of many kilobytes folds, and is not searched for links.
  if (text.length > 2_000) return <SafeText text={text} />
  return (
    <>
      {linkedPieces(text).map((piece, at) =>
        piece.kind === 'link' ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of a text have no other identity
          <Link key={at} href={piece.text} />
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of a text have no other identity
          <SafeText key={at} text={piece.text} />
        ),
      )}
    </>
  )
}

function Runbook({ href }: { readonly href: string }) {
  return (
    <p className="mb-2 flex min-h-8 items-center gap-2 rounded border border-accent/60 bg-selected px-2.5">
      <BookOpen aria-hidden size={15} className="shrink-0 text-accent" />
      <span className="min-w-0 font-medium">
        <Link href={href}>Open the runbook</Link>
      </span>
      <SafeText text={href} oneLine className="min-w-0 flex-1 text-secondary text-muted" />
    </p>
  )
}

const rank = (name: string): number => {
  const at = leading.indexOf(name)
  return at === -1 ? leading.length : at
}

/** What the rule says about the alert: the runbook first, then summary and description, then the rest. */
export function AlertAnnotations({ annotations }: { readonly annotations: Annotations }) {
  const runbook = runbookNames.map((name) => annotations[name]).find((href) => href !== undefined && webAddress(href))
  const texts = Object.entries(annotations)
    .filter(([, value]) => value !== runbook)
    .toSorted(([left], [right]) => rank(left) - rank(right))
  if (texts.length === 0 && runbook === undefined) return null
  return (
    <Section title="What">
      {runbook === undefined ? null : <Runbook href={runbook} />}
      <KeyValueList
        nameWidth={88}
        items={texts.map(([name, value]) => ({ name, value: <LinkedText text={value} /> }))}
      />
    </Section>
  )
}
