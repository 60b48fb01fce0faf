import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { UserRoundX } from 'lucide-react'
import { useMemo, useState } from 'react'
import { Button } from '#renderer/ui/Button.tsx'
import type { Column } from '#renderer/ui/grid/column.ts'
import { DataGrid } from '#renderer/ui/grid/DataGrid.tsx'
import { rowsOf } from '#renderer/ui/grid/rows.ts'
import { QueryView } from '#renderer/ui/QueryView.tsx'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { Section } from '#renderer/ui/Section.tsx'
import { Timestamp } from '#renderer/ui/Time.tsx'
import { auditFacets } from '../queries.ts'
import { type Erasable, ErasePerson } from './ErasePerson.tsx'

type Person = { readonly subject: string; readonly name: string | null; readonly erasedAt: string | null }

/** The application itself acts under its own name; there is nobody to forget. */
const isPerson = ({ subject }: Person): boolean => subject !== 'application'

const columnsOf = (forbidden: string | undefined, onErase: (person: Erasable) => void): readonly Column<Person>[] => [
  {
    id: 'name',
    header: 'Name',
    width: 180,
    grow: 1,
    fixed: true,
    cell: ({ name }) => (name === null ? <span className="text-muted">erased</span> : <SafeText text={name} oneLine />),
  },
  {
    id: 'subject',
    header: 'Pseudonym',
    width: 200,
    grow: 1,
    mono: true,
    cell: ({ subject }) => <SafeText text={subject} mono oneLine />,
  },
  {
    id: 'erased',
    header: 'Erased',
    width: 156,
    cell: ({ erasedAt }) => (erasedAt === null ? null : <Timestamp at={erasedAt} />),
  },
  {
    id: 'entries',
    header: 'Entries',
    width: 76,
    cell: ({ subject }) => (
      <Link
        to="/audit"
        search={{ actor: subject } as never}
        tabIndex={-1}
        className="inline-flex min-h-6 items-center text-accent hover:underline"
      >
        Show
      </Link>
    ),
  },
  {
    id: 'erase',
    header: '',
    width: 128,
    cell: ({ subject, name }) =>
      name === null ? null : (
        <Button
          size={24}
          kind="danger"
          icon={UserRoundX}
          tabIndex={-1}
          aria-label={`Erase ${name}…`}
          forbidden={forbidden}
          onClick={() => onErase({ subject, name })}
        >
          Erase…
        </Button>
      ),
  },
]

/** Everybody in the log, and how to forget them. Enter on a row asks, as its button does. */
export function PeopleSection({ forbidden }: { readonly forbidden: string | undefined }) {
  const query = useQuery(auditFacets)
  const [asked, setAsked] = useState<Erasable | null>(null)
  const columns = useMemo(() => columnsOf(forbidden, setAsked), [forbidden])
  const people = (query.data?.actors ?? []).filter(isPerson)
  const open = ({ subject, name }: Person) => {
    if (name !== null && forbidden === undefined) setAsked({ subject, name })
  }
  return (
    <Section title="People in the log" count={people.length}>
      <p className="pb-2 text-muted">
        Name, address and session of everybody are sealed under a key of their own. Erasing destroys the key; what was
        done stays provable.
      </p>
      <div className="h-56 rounded border border-line">
        <QueryView
          query={query}
          failure="The people could not be loaded."
          ready={() => (
            <DataGrid
              name="audit-people"
              label="People in the log"
              columns={columns}
              {...rowsOf(people)}
              rowKey={({ subject }) => subject}
              onOpen={open}
              empty={<p className="p-6 text-center text-muted">Nobody has done anything yet.</p>}
            />
          )}
        />
      </div>
      <ErasePerson person={asked} onClose={() => setAsked(null)} />
    </Section>
  )
}
