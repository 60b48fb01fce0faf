const hidden = '[secret]'
/** Anything shorter stands in a text by chance. */
const shortest = 4
/** A line of a longer secret, such as a key, that says something by itself. */
const shortestLine = 8

/** A text without the secrets in it, as far as they stand there as they are: one that was encoded is not found. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  const lines = secrets.flatMap((secret) => secret.split(/\r?\n/)).filter((line) => line.trim().length >= shortestLine)
  const whole = secrets.filter((secret) => secret.length >= shortest)
  const all = [...new Set([...whole, ...lines])].toSorted((a, b) => b.length - a.length)
  const without = all.reduce((rest, secret) => rest.replaceAll(secret, hidden), text)
  return all.reduce(withoutCutSecret, without)
}

/** What was written may have been cut amid a secret, at its begin and its end. */
function withoutCutSecret(text: string, secret: string): string {
  let rest = text
  for (let length = secret.length - 1; length >= shortestLine; length--) {
    if (rest.startsWith(secret.slice(-length))) rest = `${hidden}${rest.slice(length)}`
    if (rest.endsWith(secret.slice(0, length))) rest = `${rest.slice(0, -length)}${hidden}`
  }
  return rest
}

const mostLines = 50
const mostCharacters = 8_000
const mostInstances = 4

type Written = { readonly instance: number; readonly text: string }

/** The end of what instances of a version wrote, short enough to be kept; null when they wrote nothing. */
export function lastWords(version: string, written: readonly Written[]): string | null {
  const some = written.filter(({ text }) => text.trim() !== '').slice(0, mostInstances)
  if (some.length === 0) return null
  return some
    .map(({ instance, text }) => {
      const end = text.trimEnd().slice(-Math.floor(mostCharacters / some.length))
      return `Instance ${instance} of ${version} wrote last:\n${end.split('\n').slice(-mostLines).join('\n')}`
    })
    .join('\n\n')
}
