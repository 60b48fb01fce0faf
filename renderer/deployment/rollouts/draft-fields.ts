import type { RolloutDraft } from './rollout-draft.ts'

/** What the parts of the dialog share. */
export type DraftFields = {
  readonly draft: RolloutDraft
  readonly set: (change: Partial<RolloutDraft>) => void
}

type TextKey = { [Key in keyof RolloutDraft]: string extends RolloutDraft[Key] ? Key : never }[keyof RolloutDraft]

/** Ties a text field to a part of the draft. */
export const typed =
  ({ draft, set }: DraftFields) =>
  (key: TextKey) => ({
    value: draft[key],
    onChange: ({ target }: { readonly target: { readonly value: string } }) => set({ [key]: target.value }),
  })
