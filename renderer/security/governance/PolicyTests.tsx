import { CircleCheck, CircleX, Plus, Trash2 } from 'lucide-react'
import { useId } from 'react'
import type { PolicyTest, PolicyTestResult } from '#preload/security/policies.ts'
import { Button, IconButton } from '#renderer/ui/Button.tsx'
import { Select } from '#renderer/ui/Select.tsx'
import { TextField } from '#renderer/ui/TextField.tsx'
import type { Vocabulary } from './cedar-completion.ts'

const verdicts = [
  { value: 'allow', label: 'allowed' },
  { value: 'deny', label: 'refused' },
  { value: 'step_up', label: 'after a proof' },
  { value: 'approval_required', label: 'with approvals' },
] as const

export const verdictWord = (verdict: PolicyTestResult['verdict'] | PolicyTest['expect']): string =>
  verdicts.find(({ value }) => value === verdict)?.label ?? verdict

const fresh: PolicyTest = {
  name: '',
  roles: ['sre'],
  groups: [],
  provenSecondsAgo: null,
  action: '',
  environment: null,
  approvals: 0,
  expect: 'allow',
}

const namesOf = (text: string): string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean)

const numberOf = (text: string): number | null => (/^\d+$/.test(text.trim()) ? Number(text) : null)

function Result({ result }: { readonly result: PolicyTestResult | undefined }) {
  if (result === undefined) return <span className="text-muted">–</span>
  const { passed, verdict, policies } = result
  const Icon = passed ? CircleCheck : CircleX
  return (
    <span
      className={`inline-flex items-center gap-1 whitespace-nowrap ${passed ? 'text-ok' : 'text-critical'}`}
      title={policies.length === 0 ? 'No policy decided.' : `Decided by ${policies.join(', ')}`}
    >
      <Icon aria-hidden size={13} className="shrink-0" />
      {passed ? 'passes' : `is ${verdictWord(verdict)}`}
    </span>
  )
}

type PolicyTestsProps = {
  readonly tests: readonly PolicyTest[]
  readonly results: readonly PolicyTestResult[]
  readonly vocabulary: Vocabulary
  readonly onChange: (tests: readonly PolicyTest[]) => void
  readonly forbidden: string | undefined
}

type RowProps = Omit<PolicyTestsProps, 'tests' | 'results' | 'vocabulary'> & {
  readonly test: PolicyTest
  readonly result: PolicyTestResult | undefined
  readonly lists: { readonly actions: string; readonly environments: string }
  readonly put: (change: Partial<PolicyTest>) => void
  readonly remove: () => void
}

const cell = 'px-1 py-0.5 align-top'

function Row({ test, result, lists, put, remove }: RowProps) {
  const name = test.name === '' ? 'this test' : test.name
  return (
    <tr>
      <td className={cell}>
        <TextField
          size={24}
          aria-label="What must hold"
          value={test.name}
          onChange={(event) => put({ name: event.target.value })}
        />
      </td>
      <td className={cell}>
        <TextField
          size={24}
          aria-label={`Roles of ${name}`}
          value={test.roles.join(', ')}
          onChange={(event) => put({ roles: namesOf(event.target.value) })}
        />
      </td>
      <td className={cell}>
        <TextField
          size={24}
          mono
          aria-label={`Action of ${name}`}
          list={lists.actions}
          value={test.action}
          onChange={(event) => put({ action: event.target.value })}
        />
      </td>
      <td className={cell}>
        <TextField
          size={24}
          aria-label={`Environment of ${name}`}
          list={lists.environments}
          placeholder="none"
          value={test.environment ?? ''}
          onChange={(event) => put({ environment: event.target.value || null })}
        />
      </td>
      <td className={cell}>
        <TextField
          size={24}
          inputMode="numeric"
          aria-label={`Seconds since the last proof of ${name}`}
          placeholder="never"
          value={test.provenSecondsAgo ?? ''}
          onChange={(event) => put({ provenSecondsAgo: numberOf(event.target.value) })}
        />
      </td>
      <td className={cell}>
        <TextField
          size={24}
          inputMode="numeric"
          aria-label={`Approvals of ${name}`}
          value={test.approvals}
          onChange={(event) => put({ approvals: numberOf(event.target.value) ?? 0 })}
        />
      </td>
      <td className={cell}>
        <Select
          size={24}
          aria-label={`Verdict wanted of ${name}`}
          options={verdicts}
          value={test.expect}
          onChange={(expect) => put({ expect: expect as PolicyTest['expect'] })}
        />
      </td>
      <td className={`${cell} pt-1.5`}>
        <Result result={result} />
      </td>
      <td className={cell}>
        <IconButton size={24} icon={Trash2} label={`Remove ${name}`} onClick={remove} />
      </td>
    </tr>
  )
}

const headings = ['What must hold', 'Roles', 'Action', 'Environment', 'Proven s ago', 'Approvals', 'Wanted', 'Is', '']
const widths = ['24%', '14%', '18%', '11%', '8%', '7%', '11%', '', '32px']

/** Who asks for what, and what the verdict must be: run against the text as it is written. */
export function PolicyTests(props: PolicyTestsProps) {
  const { tests, results, vocabulary, onChange, forbidden } = props
  const id = useId()
  const lists = { actions: `${id}-actions`, environments: `${id}-environments` }
  const byName = new Map(results.map((result) => [result.name, result]))
  const replace = (at: number, change: Partial<PolicyTest>) =>
    onChange(tests.map((test, index) => (index === at ? { ...test, ...change } : test)))
  return (
    <div className="flex flex-col gap-2 p-2">
      <table className="w-full table-fixed border-collapse">
        <thead>
          <tr className="text-left text-label text-muted">
            {headings.map((heading, at) => (
              <th key={heading} scope="col" className="px-1 font-medium" style={{ width: widths[at] }}>
                {heading === '' ? <span className="sr-only">Remove</span> : heading}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {tests.map((test, at) => (
            <Row
              // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place while its name is being typed
              key={at}
              test={test}
              result={byName.get(test.name)}
              lists={lists}
              put={(change) => replace(at, change)}
              remove={() => onChange(tests.filter((_, index) => index !== at))}
              onChange={onChange}
              forbidden={forbidden}
            />
          ))}
        </tbody>
      </table>
      {tests.length === 0 ? (
        <p className="px-1 text-muted">No tests yet. A version that breaks one cannot be put in force.</p>
      ) : null}
      <div>
        <Button size={24} icon={Plus} forbidden={forbidden} onClick={() => onChange([...tests, fresh])}>
          Add a test
        </Button>
      </div>
      <datalist id={lists.actions}>
        {vocabulary.actions.map(({ name, summary }) => (
          <option key={name} value={name}>
            {summary}
          </option>
        ))}
      </datalist>
      <datalist id={lists.environments}>
        {vocabulary.environments.map((environment) => (
          <option key={environment} value={environment} />
        ))}
      </datalist>
    </div>
  )
}
