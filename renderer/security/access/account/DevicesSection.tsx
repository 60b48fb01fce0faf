import { useQuery } from '@tanstack/react-query'
import { MonitorCheck } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import type { Me } from '#preload/security/access.ts'
import type { Device } from '#preload/security/factors.ts'
import { Button } from '#renderer/ui/Button.tsx'
import { Field } from '#renderer/ui/Field.tsx'
import { QueryView } from '#renderer/ui/QueryView.tsx'
import { Section } from '#renderer/ui/Section.tsx'
import { TextField } from '#renderer/ui/TextField.tsx'
import { devicesQuery } from '../queries.ts'
import { sentenceOf } from '../sentence.ts'
import { DeviceList } from './DeviceList.tsx'
import { useDeviceKey } from './use-device-key.ts'

type EnrolDeviceProps = { readonly enrol: ReturnType<typeof useDeviceKey>['enrol'] }

function EnrolDevice({ enrol }: EnrolDeviceProps) {
  const [name, setName] = useState('')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (name.trim() !== '') enrol.mutate(name.trim())
  }
  return (
    <form onSubmit={submit} className="flex flex-col gap-2">
      <Field
        label="Name of this device"
        required
        hint="A key is made that cannot leave this browser profile; it signs your approvals."
        error={sentenceOf(enrol.error)}
      >
        <TextField
          maxLength={80}
          placeholder="Work laptop"
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
      </Field>
      <Button
        type="submit"
        icon={MonitorCheck}
        busy={enrol.isPending}
        disabled={name.trim() === ''}
        className="self-start"
      >
        Enrol this device
      </Button>
    </form>
  )
}

/** The devices that sign approvals for one. */
export function DevicesSection({ me }: { readonly me: Me }) {
  const query = useQuery(devicesQuery())
  const { publicKey, error, enrol, forget } = useDeviceKey(me.id)
  const enrolled = query.data?.some((device) => device.revokedAt === null && device.publicKey === publicKey) === true
  const onRevoked = (device: Device) => {
    // The key of a revoked device would be refused for ever; the next enrolment makes another.
    if (device.publicKey === publicKey) void forget()
  }
  return (
    <Section title="Devices that sign for you" count={query.data?.filter(({ revokedAt }) => revokedAt === null).length}>
      <div className="flex flex-col gap-3">
        <QueryView
          query={query}
          failure="Your devices could not be read."
          skeletonRows={2}
          ready={(devices) => (
            <DeviceList devices={devices} here={publicKey} forbidden={undefined} onRevoked={onRevoked} />
          )}
        />
        {error === null ? null : <p className="text-secondary text-critical">{sentenceOf(error)}</p>}
        {enrolled ? null : <EnrolDevice enrol={enrol} />}
      </div>
    </Section>
  )
}
