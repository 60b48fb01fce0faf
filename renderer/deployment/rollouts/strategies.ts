import type { Strategy } from '#preload/deployment/rollouts.ts'

export const strategies: readonly { readonly value: Strategy['kind']; readonly label: string }[] = [
  { value: 'canary', label: 'Canary: a growing share of the requests' },
  { value: 'blue-green', label: 'Blue/green: verify, then switch' },
  { value: 'rolling', label: 'Rolling: one instance after another' },
  { value: 'immutable', label: 'Immutable: a new set at once' },
  { value: 'recreate', label: 'Recreate: end the old one first' },
]
