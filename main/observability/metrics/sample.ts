/** Label names and values of one series, without its metric name. */
export type Labels = Readonly<Record<string, string>>

/** One measured value. Name and labels follow the Prometheus data model; units are in the name. */
export type Sample = { readonly name: string; readonly labels: Labels; readonly value: number }

/** Where the Prometheus data model keeps the metric name when it is treated as a label. */
export const metricName = '__name__'

const noLabels: Labels = {}

export function sample(name: string, value: number, labels: Labels = noLabels): Sample {
  return { name, labels, value }
}

/** Code unit order, as Prometheus sorts label names; locale must not matter. */
export const byCodeUnit = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/**
 * A text that is equal exactly when two label sets are equal, whatever the order of their keys.
 * 0xff cannot occur in UTF-8, so Prometheus separates with it; U+FFFF, a noncharacter, is its equal in a string.
 */
export function labelsKey(labels: Labels): string {
  const names = Object.keys(labels).sort(byCodeUnit)
  let key = ''
  for (const name of names) key += `${name}\uffff${labels[name]}\uffff`
  return key
}

/** The labels with their names sorted, so that the JSON of equal label sets is equal. */
export function canonicalLabels(labels: Labels): Labels {
  return Object.fromEntries(Object.entries(labels).sort(([a], [b]) => byCodeUnit(a, b)))
}
