import type { AnalysisRun, Verdict } from '#preload/deployment/analysis.ts'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { Timestamp } from '#renderer/ui/Time.tsx'

const words: Readonly<Record<Verdict, { word: string; color: string }>> = {
  passed: { word: '✓ Good', color: 'text-ok' },
  failed: { word: '✕ Failed', color: 'text-critical' },
  inconclusive: { word: '? Open', color: 'text-muted' },
}
const shown = (value: number | null): string => (value === null ? '–' : String(Number(value.toPrecision(3))))
const most = 50

/** The latest looks at the metrics, newest first. */
export function AnalysisTable({ runs }: { readonly runs: readonly AnalysisRun[] }) {
  const rows = runs
    .toReversed()
    .slice(0, most)
    .flatMap(({ at, step, results }) => results.map((result) => ({ at, step, result })))
  return (
    <table className="w-full">
      <thead className="text-left text-label text-muted">
        <tr>
          {['When', 'Step', 'Metric', 'Verdict', 'New', 'Present', 'Samples', 'Why'].map((each) => (
            <th key={each} scope="col" className="pr-3 font-medium">
              {each}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(({ at, step, result }) => (
          <tr key={`${at} ${result.name}`} className="border-t border-line align-baseline">
            <td className="py-1 pr-3">
              <Timestamp at={at} className="text-secondary" />
            </td>
            <td className="pr-3">{step === null ? '–' : step + 1}</td>
            <td className="pr-3">
              <SafeText text={result.name} />
            </td>
            <td className={`whitespace-nowrap pr-3 ${words[result.verdict].color}`}>{words[result.verdict].word}</td>
            <td className="pr-3 text-right tabular-nums">{shown(result.value)}</td>
            <td className="pr-3 text-right tabular-nums">{shown(result.baseline)}</td>
            <td className="pr-3 text-right tabular-nums">{result.samples}</td>
            <td className="text-secondary">
              <SafeText text={result.reason} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
