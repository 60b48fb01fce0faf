import { formatNumber } from '#renderer/ui/format.ts'
import type { Column } from '#renderer/ui/grid/column.ts'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { RelativeTime } from '#renderer/ui/Time.tsx'
import { PlaceStateMark } from './PlaceState.tsx'
import { addressOf, kindWords, type Place, stateOf } from './place.ts'

export const placeColumns: readonly Column<Place>[] = [
  {
    id: 'state',
    header: 'State',
    width: 110,
    fixed: true,
    cell: (place) => <PlaceStateMark state={stateOf(place)} />,
  },
  {
    id: 'name',
    header: 'Name',
    width: 150,
    grow: 1,
    fixed: true,
    cell: ({ item }) => <SafeText text={item.settings.name} oneLine className="font-medium" />,
  },
  { id: 'behind', header: 'Behind', width: 76, align: 'end', cell: ({ item }) => formatNumber(item.behind, 0) },
  {
    id: 'success',
    header: 'Last success',
    width: 104,
    align: 'end',
    cell: ({ item: { lastSuccessAt } }) =>
      lastSuccessAt === null ? <span className="text-muted">never</span> : <RelativeTime at={lastSuccessAt} />,
  },
  {
    id: 'error',
    header: 'Error',
    width: 180,
    grow: 1,
    cell: ({ item: { error } }) => (error === null ? null : <SafeText text={error.message} oneLine />),
  },
  { id: 'cursor', header: 'Taken up to', width: 92, align: 'end', cell: ({ item }) => formatNumber(item.cursor, 0) },
  { id: 'kind', header: 'Kind', width: 136, cell: ({ item }) => kindWords[item.settings.kind].name },
  {
    id: 'address',
    header: 'Where',
    width: 200,
    grow: 1,
    mono: true,
    cell: (place) => <SafeText text={addressOf(place)} mono oneLine />,
  },
]
