import { AppError } from '#preload/contract/error.ts'
import type { EnvironmentInput } from '#preload/deployment/environments.ts'
import { freezesAt } from './freeze.ts'

/** Refuses what could not work. `kept` is the expiry it has already, which may have passed. @throws AppError `invalid`. */
export function checkInput(input: EnvironmentInput, now: number, kept: string | null): void {
  const names = input.layers.map(({ name }) => name)
  const twice = names.find((name, at) => names.indexOf(name) !== at)
  if (twice !== undefined)
    throw new AppError('invalid', `Two layers are called ${twice}.`, { hint: 'Rename one of them.', at: 'layers' })
  if (input.expiresAt !== kept) checkExpiry(input.expiresAt, now)
  freezesAt(input.freezeCalendar, now)
}

/** @throws AppError `invalid` when it would be over already. */
export function checkExpiry(expiresAt: string | null, now: number): void {
  if (expiresAt === null || Date.parse(expiresAt) > now) return
  throw new AppError('invalid', 'The environment would have expired already.', {
    hint: 'Choose a time in the future.',
    at: 'expiresAt',
  })
}
