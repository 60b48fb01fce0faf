import type { ValueType } from './ast.ts'

type Signature = { readonly args: readonly ValueType[]; readonly optional?: number; readonly returns: ValueType }

const overRange: Signature = { args: ['matrix'], returns: 'vector' }
const overVector: Signature = { args: ['vector'], returns: 'vector' }

/** The functions of the subset and what they take; the last `optional` arguments may be left out. */
export const signatures: ReadonlyMap<string, Signature> = new Map<string, Signature>([
  ...['rate', 'irate', 'increase', 'delta', 'idelta', 'deriv', 'changes', 'resets'].map(ranged),
  ...['avg', 'min', 'max', 'sum', 'count', 'last', 'present'].map((each) => ranged(`${each}_over_time`)),
  ['predict_linear', { args: ['matrix', 'scalar'], returns: 'vector' }],
  ...['abs', 'ceil', 'floor', 'sqrt', 'exp', 'ln', 'log2', 'log10', 'sgn', 'absent', 'timestamp'].map(instant),
  ['round', { args: ['vector', 'scalar'], optional: 1, returns: 'vector' }],
  ['clamp', { args: ['vector', 'scalar', 'scalar'], returns: 'vector' }],
  ['clamp_min', { args: ['vector', 'scalar'], returns: 'vector' }],
  ['clamp_max', { args: ['vector', 'scalar'], returns: 'vector' }],
  ['time', { args: [], returns: 'scalar' }],
  ['vector', { args: ['scalar'], returns: 'vector' }],
  ['scalar', { args: ['vector'], returns: 'scalar' }],
])

function ranged(name: string): [string, Signature] {
  return [name, overRange]
}

function instant(name: string): [string, Signature] {
  return [name, overVector]
}
