import { UserRoundX } from 'lucide-react'
import { SafeText } from '#renderer/ui/SafeText.tsx'

/** A pseudonym short enough for a row; the whole of it is the title. */
export const shortSubject = (subject: string): string => (subject.length > 14 ? `${subject.slice(0, 13)}…` : subject)

type ActorNameProps = { readonly actor: string | null; readonly subject: string; readonly oneLine?: boolean }

/** Who did something; the pseudonym that stays once the person was erased. */
export function ActorName({ actor, subject, oneLine = false }: ActorNameProps) {
  if (actor !== null) return <SafeText text={actor} oneLine={oneLine} />
  return (
    <span title={`Erased. Pseudonym ${subject}`} className="inline-flex max-w-full items-baseline gap-1 text-muted">
      <UserRoundX aria-hidden size={12} className="shrink-0 translate-y-0.5" />
      <span className="truncate">
        erased <SafeText text={shortSubject(subject)} mono />
      </span>
    </span>
  )
}
