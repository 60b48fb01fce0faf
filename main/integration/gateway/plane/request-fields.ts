export const headerText = (value: string | string[] | undefined): string | undefined =>
  typeof value === 'string' || value === undefined ? value : value.join(', ')

export function cookieOf(header: string | undefined, name: string): string | undefined {
  for (const pair of header?.split(';') ?? []) {
    const [key = '', value] = pair.split('=', 2)
    if (key.trim() === name) return value?.trim()
  }
  return undefined
}
