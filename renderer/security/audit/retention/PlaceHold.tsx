import { zodResolver } from '@hookform/resolvers/zod'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { type UseFormReturn, useForm } from 'react-hook-form'
import type { AuditFilter } from '#preload/security/audit.ts'
import { api } from '#renderer/rpc/client.ts'
import { Button } from '#renderer/ui/Button.tsx'
import { Dialog } from '#renderer/ui/Dialog.tsx'
import { ErrorPanel } from '#renderer/ui/ErrorPanel.tsx'
import { Field } from '#renderer/ui/Field.tsx'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { type Option, Select } from '#renderer/ui/Select.tsx'
import { TextArea, TextField } from '#renderer/ui/TextField.tsx'
import { toast } from '#renderer/ui/toasts.ts'
import { operationChoices } from '../choices.ts'
import { countWords, filterWords } from '../filter-words.ts'
import { nameOfSubject, useNames } from '../people.ts'
import { auditCount, auditFacets, useAuditChange } from '../queries.ts'
import { filterOfDraft, type HoldDraft, type HoldInput, holdDraftOf, holdSchema } from './hold-draft.ts'

type Form = UseFormReturn<HoldDraft, unknown, HoldInput>

const withAny = (label: string, options: readonly Option[], chosen: string): readonly Option[] => [
  { value: '', label },
  // A filter may name what does not occur any more; it is still what is held.
  ...(chosen === '' || options.some(({ value }) => value === chosen) ? [] : [{ value: chosen, label: chosen }]),
  ...options,
]
const plain = (values: readonly string[]): readonly Option[] => values.map((value) => ({ value, label: value }))

function Choices({ form }: { readonly form: Form }) {
  const { data } = useQuery(auditFacets)
  const { setValue, watch } = form
  const people = (data?.actors ?? []).map(({ subject, name }) => ({
    value: subject,
    label: nameOfSubject(subject, name),
  }))
  const choose = (field: 'actor' | 'operation' | 'environment', everything: string, options: readonly Option[]) => (
    <Select
      options={withAny(everything, options, watch(field))}
      value={watch(field)}
      onChange={(value) => setValue(field, value, { shouldDirty: true })}
    />
  )
  return (
    <div className="grid grid-cols-3 gap-3">
      <Field label="Who">{choose('actor', 'Everybody', people)}</Field>
      <Field label="Operation">
        {choose('operation', 'All operations', plain(operationChoices(data?.operations ?? [])))}
      </Field>
      <Field label="Environment">{choose('environment', 'All environments', plain(data?.environments ?? []))}</Field>
    </div>
  )
}

const settleMs = 500

/** A value once it has stood still for a moment: reading the log is itself logged, so not every key press counts. */
function useSettled<T>(value: T, key: string): T {
  const [settled, setSettled] = useState(value)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key stands for the value
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), settleMs)
    return () => clearTimeout(timer)
  }, [key])
  return settled
}

function Keeps({ filter }: { readonly filter: AuditFilter }) {
  const settled = useSettled(filter, JSON.stringify(filter))
  const { data } = useQuery(auditCount(settled))
  const words = filterWords(settled, useNames())
  return (
    <p role="status">
      Keeps {data === undefined ? '…' : countWords(data)} now, and what comes later:{' '}
      <SafeText text={words} className="text-muted" />
    </p>
  )
}

function HoldForm({ filter, onClose }: { readonly filter: AuditFilter; readonly onClose: () => void }) {
  const form = useForm<HoldDraft, unknown, HoldInput>({
    resolver: zodResolver(holdSchema),
    defaultValues: holdDraftOf(filter),
  })
  const { register, handleSubmit, watch, formState } = form
  const { errors } = formState
  const place = useAuditChange((input: HoldInput) => api.audit.placeHold(input))
  const submit = handleSubmit((input) =>
    place.mutate(input, {
      onSuccess: () => {
        toast(`The hold ${input.name} is in force.`)
        onClose()
      },
    }),
  )
  return (
    <form onSubmit={(event) => void submit(event)} noValidate className="flex flex-col gap-3">
      <Field label="Name" required error={errors.name?.message}>
        <TextField {...register('name')} placeholder="Case 4711" />
      </Field>
      <Field label="Reason" required error={errors.reason?.message}>
        <TextArea {...register('reason')} rows={2} />
      </Field>
      <Choices form={form} />
      <div className="grid grid-cols-2 gap-3">
        <Field label="From" error={errors.from?.message}>
          <TextField {...register('from')} placeholder="2026-01-31 14:00" />
        </Field>
        <Field label="To" error={errors.to?.message}>
          <TextField {...register('to')} placeholder="2026-02-28 00:00" />
        </Field>
        <Field label="Target">
          <TextField {...register('target')} mono />
        </Field>
        <Field label="Correlation id">
          <TextField {...register('correlationId')} mono />
        </Field>
      </div>
      <Field label="Words in the entry" error={errors.text?.message}>
        <TextField {...register('text')} />
      </Field>
      <Keeps filter={filterOfDraft(watch())} />
      {place.error === null ? null : <ErrorPanel title="The hold was not placed." error={place.error} />}
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" kind="primary" busy={place.isPending}>
          Place the hold
        </Button>
      </div>
    </form>
  )
}

type PlaceHoldProps = { readonly open: boolean; readonly filter: AuditFilter; readonly onClose: () => void }

/** Asks what is to be kept, whatever retention says, and why. */
export function PlaceHold({ open, filter, onClose }: PlaceHoldProps) {
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title="Place a legal hold"
      description="What it matches keeps its content until the hold is released, whatever retention says."
    >
      <HoldForm filter={filter} onClose={onClose} />
    </Dialog>
  )
}
