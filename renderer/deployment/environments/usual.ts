import type { EnvironmentInput } from '#preload/deployment/environments.ts'

const words: Readonly<Record<string, string>> = {
  development: 'Where changes are tried first.',
  testing: 'Where tests run against what will be released.',
  staging: 'The dress rehearsal of production.',
  production: 'What the users see.',
  dr: 'Takes over when production is lost.',
}

export const emptyEnvironment = (name: string): EnvironmentInput => ({
  name,
  description: '',
  region: '',
  owners: [],
  target: { kind: 'machine' },
  layers: [],
  requiredApprovals: 0,
  freezeCalendar: '',
  expiresAt: null,
})

/** The stages that most begin with; production asks for another person. */
export const usualStages: readonly EnvironmentInput[] = Object.entries(words).map(([name, description]) => ({
  ...emptyEnvironment(name),
  description,
  requiredApprovals: name === 'production' ? 1 : 0,
}))

export const isProduction = (environment: string): boolean => /^prod(uction)?$/.test(environment)
