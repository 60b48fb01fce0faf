import { BellOff, Plus, RefreshCw, Search, Settings, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { Button, IconButton } from '../Button.tsx'
import { Checkbox } from '../Checkbox.tsx'
import { CopyButton } from '../CopyButton.tsx'
import { Field } from '../Field.tsx'
import type { Completion } from '../matcher/completion.ts'
import { MatcherInput } from '../matcher/MatcherInput.tsx'
import { Section } from '../Section.tsx'
import { SegmentedControl } from '../SegmentedControl.tsx'
import { Select } from '../Select.tsx'
import { Switch } from '../Switch.tsx'
import { TextArea, TextField } from '../TextField.tsx'

const names = ['alertname', 'severity', 'namespace', 'job', 'instance', 'team']

async function complete(text: string, caret: number): Promise<readonly Completion[]> {
  const word = /[a-z_]*$/.exec(text.slice(0, caret))?.[0] ?? ''
  return names
    .filter((name) => name.startsWith(word))
    .map((name) => ({ label: name, insert: `${name}=`, from: caret - word.length, detail: 'label' }))
}

function Buttons() {
  return (
    <div className="flex flex-wrap items-center gap-2">
      <Button kind="primary" icon={Plus} shortcut="n">
        New silence
      </Button>
      <Button icon={RefreshCw}>Refresh</Button>
      <Button kind="danger" icon={Trash2}>
        Expire
      </Button>
      <Button kind="ghost">Cancel</Button>
      <Button disabled>Disabled</Button>
      <Button forbidden="The role viewer may not silence alerts in production.">Forbidden</Button>
      <Button busy>Saving…</Button>
      <Button size={24}>24</Button>
      <Button size={28}>28</Button>
      <Button size={32}>32</Button>
      <IconButton icon={Settings} label="Settings" shortcut="Mod+," />
      <IconButton icon={BellOff} label="Show silenced" pressed />
      <IconButton icon={Trash2} label="Delete" forbidden="The policy freeze-window forbids deletion." />
      <CopyButton text="up == 0" label="Copy query" />
    </div>
  )
}

function Forms() {
  const [duration, setDuration] = useState('2h')
  const [checked, setChecked] = useState(true)
  const [live, setLive] = useState(true)
  const [view, setView] = useState<'list' | 'groups' | 'timeline'>('groups')
  return (
    <div className="grid max-w-4xl grid-cols-2 gap-4">
      <Field label="Comment" required hint="Say why, and until when.">
        <TextArea defaultValue="Rolling restart of the payment database." />
      </Field>
      <div className="flex flex-col gap-4">
        <Field label="URL" required error="The host did not answer on port 9093.">
          <TextField mono defaultValue="http://alertmanager.prod:9093" />
        </Field>
        <Field label="Duration">
          <Select
            value={duration}
            onChange={setDuration}
            options={[
              { value: '30m', label: '30 minutes' },
              { value: '2h', label: '2 hours' },
              { value: '1d', label: '1 day' },
            ]}
          />
        </Field>
      </div>
      <Checkbox
        label="Also silence inhibited alerts"
        hint="They would fire when the source resolves."
        checked={checked}
        onChange={setChecked}
      />
      <div className="flex items-center gap-4">
        <Checkbox label="Some" checked="mixed" onChange={() => undefined} />
        <Switch label="Live" checked={live} onChange={setLive} />
        <SegmentedControl
          label="View"
          value={view}
          onChange={setView}
          segments={[
            { value: 'list', label: 'List' },
            { value: 'groups', label: 'Groups' },
            { value: 'timeline', label: 'Timeline' },
          ]}
        />
      </div>
      <TextField icon={Search} aria-label="Search" placeholder="Search" />
    </div>
  )
}

function Matchers() {
  const [good, setGood] = useState('severity="critical", namespace=~"pay.*"')
  const [bad, setBad] = useState('severity=~"crit, team="sre"')
  return (
    <div className="flex max-w-3xl flex-col gap-8 pb-8">
      <MatcherInput slash label="Filter alerts" value={good} onChange={setGood} complete={complete} />
      <MatcherInput
        label="Filter with an error"
        value={bad}
        onChange={setBad}
        error={{ offset: 10, message: 'The string is not closed.' }}
      />
    </div>
  )
}

export function Controls() {
  return (
    <>
      <Section title="Buttons">
        <Buttons />
      </Section>
      <Section title="Fields">
        <Forms />
      </Section>
      <Section title="Matchers">
        <Matchers />
      </Section>
    </>
  )
}
