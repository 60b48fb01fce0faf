import { useQuery } from '@tanstack/react-query'
import { Download } from 'lucide-react'
import { useState } from 'react'
import type { GatewayFormat } from '#preload/integration/gateway.ts'
import { Button } from '#renderer/ui/Button.tsx'
import { CopyButton } from '#renderer/ui/CopyButton.tsx'
import { Dialog } from '#renderer/ui/Dialog.tsx'
import { saveText } from '#renderer/ui/export.ts'
import { Field } from '#renderer/ui/Field.tsx'
import { QueryView } from '#renderer/ui/QueryView.tsx'
import { SegmentedControl } from '#renderer/ui/SegmentedControl.tsx'
import { TextArea } from '#renderer/ui/TextField.tsx'
import { LeftOut } from './LeftOut.tsx'
import { fileExport } from './queries.ts'

const formats: readonly { readonly value: GatewayFormat; readonly label: string }[] = [
  { value: 'kong', label: 'Kong' },
  { value: 'apisix', label: 'APISIX' },
  { value: 'envoy', label: 'Envoy' },
]

type ExportDialogProps = { readonly name: string; readonly onClose: () => void }

/** The saved file as the configuration of another gateway, and what of it that does not do. */
export function ExportDialog({ name, onClose }: ExportDialogProps) {
  const [format, setFormat] = useState<GatewayFormat>('kong')
  const query = useQuery(fileExport(name, format))
  const { data } = query
  return (
    <Dialog
      open
      onClose={onClose}
      size="large"
      title={`Export ${name}`}
      description="For another gateway, as it was last saved. Nothing that is secret is in it."
      footer={
        data === undefined ? undefined : (
          <>
            <CopyButton wide size={28} label="Copy" text={data.text} />
            <Button icon={Download} kind="primary" onClick={() => saveText(data.fileName, data.text, 'text/plain')}>
              {`Save ${data.fileName}`}
            </Button>
          </>
        )
      }
    >
      <div className="flex flex-col gap-3">
        <SegmentedControl
          className="self-start"
          label="Gateway to export to"
          segments={formats}
          value={format}
          onChange={setFormat}
        />
        <QueryView
          query={query}
          failure="The file could not be exported."
          ready={({ text, findings, fileName }) => (
            <>
              <LeftOut title="What has to be done over there, or is not" findings={findings} />
              <Field label={fileName} required>
                <TextArea mono readOnly rows={14} value={text} />
              </Field>
            </>
          )}
        />
      </div>
    </Dialog>
  )
}
