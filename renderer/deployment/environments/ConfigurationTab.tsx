import { Pencil } from 'lucide-react'
import { useState } from 'react'
import { mergeLayers } from '#preload/deployment/configuration.ts'
import type { Environment } from '#preload/deployment/environments.ts'
import { Button } from '#renderer/ui/Button.tsx'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { Section } from '#renderer/ui/Section.tsx'
import { FactTable } from './FactTable.tsx'
import { LayerEditor } from './LayerEditor.tsx'
import { WhatRuns } from './WhatRuns.tsx'

type ConfigurationTabProps = { readonly environment: Environment; readonly forbidden: string | undefined }

/** The values that services get, each with the layer it comes from; and the layers, to be edited. */
export function ConfigurationTab({ environment, forbidden }: ConfigurationTabProps) {
  const [editing, setEditing] = useState(false)
  const values = mergeLayers(environment.layers)
  if (editing)
    return (
      <Section title="Layers">
        <LayerEditor environment={environment} forbidden={forbidden} onDone={() => setEditing(false)} />
      </Section>
    )
  return (
    <Section
      title="Configuration"
      count={values.length}
      actions={
        <Button size={24} icon={Pencil} forbidden={forbidden} onClick={() => setEditing(true)}>
          Edit layers
        </Button>
      }
    >
      {values.length === 0 ? (
        <p className="text-muted">No layer gives a value yet.</p>
      ) : (
        <FactTable
          label="Configuration"
          headers={['Name', 'Value', 'Layer']}
          rows={values.map(({ name, value, layer }) => ({
            key: name,
            cells: [
              <SafeText key="name" text={name} mono />,
              <SafeText key="value" text={value} mono />,
              <SafeText key="layer" text={layer} />,
            ],
          }))}
        />
      )}
      <WhatRuns services={environment.health.services} />
    </Section>
  )
}
