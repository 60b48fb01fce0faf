import type { Entry } from 'ldapts'

/** The values of an attribute, whatever the case of its name (RFC 4512 §2.5). Bytes are not among them. */
export function textsOf(entry: Entry, attribute: string): readonly string[] {
  const name = attribute.toLowerCase()
  return Object.entries(entry).flatMap(([key, value]) => {
    if (key === 'dn' || key.toLowerCase() !== name) return []
    const values: readonly unknown[] = Array.isArray(value) ? value : [value]
    return values.filter((one): one is string => typeof one === 'string' && one !== '')
  })
}

export const textOf = (entry: Entry, attribute: string): string | null => textsOf(entry, attribute)[0] ?? null

/**
 * What stays the same when a person is renamed or moved: entryUUID (RFC 4530), or objectGUID of Active Directory;
 * else the DN.
 */
export function stableId(entry: Entry): string {
  const uuid = textOf(entry, 'entryUUID')
  if (uuid !== null) return uuid
  const value = entry.objectGUID
  const guid = Array.isArray(value) ? value[0] : value
  return Buffer.isBuffer(guid) && guid.length === 16 ? guidText(guid) : entry.dn
}

/** Active Directory stores the first three groups of a GUID with the low byte first ([MS-DTYP] §2.3.4.2). */
function guidText(bytes: Buffer): string {
  const little = [bytes.subarray(0, 4), bytes.subarray(4, 6), bytes.subarray(6, 8)]
  const groups = little.map((group) => Buffer.from(group).reverse().toString('hex'))
  return [...groups, bytes.toString('hex', 8, 10), bytes.toString('hex', 10)].join('-')
}
