/** `text` as an assertion value of a filter: what could end it or widen it is escaped (RFC 4515 §3). */
export const escapeFilterValue = (text: string): string =>
  text.replace(/[\0()*\\]/g, (character) => `\\${character.charCodeAt(0).toString(16).padStart(2, '0')}`)

/** A filter with `{name}` replaced by its escaped value, once each; a value that looks like `{name}` stays one. */
export const fillFilter = (template: string, values: Readonly<Record<string, string>>): string =>
  template.replace(/\{(\w+)\}/g, (whole, name: string) =>
    Object.hasOwn(values, name) ? escapeFilterValue(values[name] ?? '') : whole,
  )

/** Any of the filters. */
export const anyOf = (filters: readonly string[]): string =>
  filters.length === 1 ? (filters[0] ?? '') : `(|${filters.join('')})`
