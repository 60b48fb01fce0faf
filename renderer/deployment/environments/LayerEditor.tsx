import { ArrowUp, Plus, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { AppError } from '#preload/contract/error.ts'
import type { ConfigLayer, Environment } from '#preload/deployment/environments.ts'
import { api } from '#renderer/rpc/client.ts'
import { Button, IconButton } from '#renderer/ui/Button.tsx'
import { useCommands } from '#renderer/ui/commands.ts'
import { ErrorPanel } from '#renderer/ui/ErrorPanel.tsx'
import { Field } from '#renderer/ui/Field.tsx'
import { TextArea, TextField } from '#renderer/ui/TextField.tsx'
import { settingsOf } from './draft.ts'
import { layerText, readLayer } from './layer-text.ts'
import { useEnvironmentChange } from './queries.ts'

type LayerDraft = { readonly key: number; readonly name: string; readonly text: string }

let lastKey = 0
const draftOf = ({ name, values }: ConfigLayer): LayerDraft => ({ key: ++lastKey, name, text: layerText(values) })

const problemOf = ({ text }: LayerDraft): string | undefined => {
  const read = readLayer(text)
  return read.kind === 'wrong' ? read.message : undefined
}

function layersOf(drafts: readonly LayerDraft[]): ConfigLayer[] {
  return drafts.map(({ name, text }) => {
    const read = readLayer(text)
    if (read.kind === 'wrong') throw new AppError('invalid', `${name}: ${read.message}`)
    return { name: name.trim(), values: { ...read.values } }
  })
}

type LayerFieldsProps = {
  readonly layer: LayerDraft
  readonly first: boolean
  readonly onChange: (layer: LayerDraft) => void
  readonly onRaise: () => void
  readonly onRemove: () => void
}

function LayerFields({ layer, first, onChange, onRaise, onRemove }: LayerFieldsProps) {
  const label = layer.name === '' ? 'the new layer' : layer.name
  return (
    <li className="flex flex-col gap-2 rounded border border-line p-2">
      <div className="flex items-end gap-2">
        <div className="flex-1">
          <Field label="Layer" required>
            <TextField value={layer.name} onChange={(event) => onChange({ ...layer, name: event.target.value })} />
          </Field>
        </div>
        <IconButton icon={ArrowUp} label={`Move ${label} up`} disabled={first} onClick={onRaise} />
        <IconButton icon={Trash2} label={`Remove ${label}`} onClick={onRemove} />
      </div>
      <Field label={`Values of ${label}`} error={problemOf(layer)}>
        <TextArea
          mono
          rows={Math.min(12, Math.max(3, layer.text.split('\n').length))}
          placeholder="LOG_LEVEL=info"
          value={layer.text}
          onChange={(event) => onChange({ ...layer, text: event.target.value })}
        />
      </Field>
    </li>
  )
}

type LayerEditorProps = {
  readonly environment: Environment
  readonly forbidden: string | undefined
  readonly onDone: () => void
}

/** Layers as lines of text, in the order in which they are merged. */
export function LayerEditor({ environment, forbidden, onDone }: LayerEditorProps) {
  // What the person began with: a change by somebody else must not slip in under their hands.
  const [base] = useState(environment)
  const [drafts, setDrafts] = useState(() =>
    (base.layers.length === 0 ? [{ name: 'base', values: {} }] : base.layers).map(draftOf),
  )
  const save = useEnvironmentChange(async (layers: readonly LayerDraft[]) =>
    api.environments.update({ ...settingsOf(base), layers: layersOf(layers) }),
  )
  const submit = () => save.mutate(drafts, { onSuccess: onDone })
  useCommands([
    {
      id: 'environments.saveLayers',
      title: 'Save the layers',
      area: 'Environments',
      shortcut: 'Mod+S',
      disabledReason: forbidden,
      run: submit,
    },
  ])
  const put = (at: number, layer: LayerDraft) => setDrafts(drafts.with(at, layer))
  const raise = (at: number) => {
    const layer = drafts[at]
    if (layer !== undefined) setDrafts(drafts.toSpliced(at, 1).toSpliced(at - 1, 0, layer))
  }
  return (
    <div className="flex flex-col gap-3">
      <p className="text-muted">
        Services get every value as an environment variable. A later layer replaces what an earlier one says.
      </p>
      <ol aria-label="Layers" className="flex flex-col gap-3">
        {drafts.map((layer, at) => (
          <LayerFields
            key={layer.key}
            layer={layer}
            first={at === 0}
            onChange={(next) => put(at, next)}
            onRaise={() => raise(at)}
            onRemove={() => setDrafts(drafts.toSpliced(at, 1))}
          />
        ))}
      </ol>
      {save.error === null ? null : <ErrorPanel title="The layers were not saved." error={save.error} />}
      <div className="flex items-center gap-2">
        <Button kind="primary" shortcut="Mod+S" busy={save.isPending} forbidden={forbidden} onClick={submit}>
          Save layers
        </Button>
        <Button icon={Plus} onClick={() => setDrafts([...drafts, draftOf({ name: '', values: {} })])}>
          Add a layer
        </Button>
        <span className="flex-1" />
        <Button kind="ghost" onClick={onDone}>
          Cancel
        </Button>
      </div>
    </div>
  )
}
