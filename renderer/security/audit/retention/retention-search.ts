import { type AuditSearch, auditSearchOf } from '../audit-search.ts'

/** What of the screen is in its address: whether a hold is being placed, and the filter of the log that it starts from. */
export type RetentionSearch = AuditSearch & { readonly hold?: true | undefined }

export const isPlacingHold = (search: Readonly<Record<string, unknown>>): boolean => search.hold === true

export const retentionSearchOf = (search: Readonly<Record<string, unknown>>): RetentionSearch => ({
  ...auditSearchOf(search),
  hold: isPlacingHold(search) ? true : undefined,
})
