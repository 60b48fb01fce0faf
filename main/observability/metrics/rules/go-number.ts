/** Numbers as Go prints them, which is how Prometheus' templates show them. */

/** `%v` of a float64: shortest digits that read back, with an exponent from a million and below 1e-4. */
export function shortest(value: number): string {
  if (!Number.isFinite(value)) return special(value)
  const magnitude = Math.abs(value)
  return magnitude !== 0 && (magnitude < 1e-4 || magnitude >= 1e6) ? exponential(value.toExponential()) : String(value)
}

/** `%.<digits>g`: significant digits without trailing zeros. */
export function significant(value: number, digits: number): string {
  if (!Number.isFinite(value)) return special(value)
  if (value === 0) return '0'
  const precision = Math.max(1, digits)
  const rounded = toExponential(value, precision - 1)
  const exponent = Number(rounded.slice(rounded.indexOf('e') + 1))
  if (exponent < -4 || exponent >= precision) return exponential(rounded.replace(/\.?0*e/, 'e'))
  const text = toFixed(value, Math.max(0, precision - 1 - exponent))
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text
}

/** `%.<decimals>f`. */
export function fixed(value: number, decimals: number): string {
  return Number.isFinite(value) ? toFixed(value, decimals) : special(value)
}

/** `%.<decimals>e`. */
export function scientific(value: number, decimals: number): string {
  return Number.isFinite(value) ? exponential(toExponential(value, decimals)) : special(value)
}

function toFixed(value: number, digits: number): string {
  // From here on JavaScript answers with an exponent; such a number is whole.
  if (Math.abs(value) >= 1e21) return BigInt(value) + (digits > 0 ? `.${'0'.repeat(digits)}` : '')
  return halfEven(value.toFixed(digits), value.toFixed(Math.min(100, digits + tieDigits)))
}

const toExponential = (value: number, digits: number): string =>
  halfEven(value.toExponential(digits), value.toExponential(Math.min(100, digits + tieDigits)))

/** Enough to tell a double that lies exactly between two decimals from one that lies close to it. */
const tieDigits = 40

/** JavaScript rounds an exact tie away from zero, Go to the even digit: 2.25 to one decimal is 2.2. */
function halfEven(rounded: string, exact: string): string {
  const [digits = '', exponent = ''] = exact.split(/(?=e)/)
  const kept = digits.slice(0, -tieDigits).replace(/\.$/, '')
  const isTie = /^5.?0*$/.test(digits.slice(-tieDigits)) && /[02468]$/.test(kept)
  return isTie ? kept + exponent : rounded
}

/** Go writes at least two digits of exponent. */
const exponential = (text: string): string => text.replace(/e([+-])(\d)$/, 'e$10$2')

const special = (value: number): string => (Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf')
