import { AppError } from '#preload/contract/error.ts'
import type { EnvironmentInput } from '#preload/deployment/environments.ts'
import type { EnvironmentTarget } from '#preload/deployment/target.ts'
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

/**
 * Whether services are found again where they are. A host may get another address, or another key after it was set up
 * anew, but not both at once; its place in the list says which instances are on it. Whom to be there may change.
 */
function isSamePlace(before: EnvironmentTarget, after: EnvironmentTarget): boolean {
  if (before.kind === 'machine' || after.kind === 'machine') return before.kind === after.kind
  if (before.folder !== after.folder || before.hosts.length !== after.hosts.length) return false
  return before.hosts.every(({ address, hostKey }, at) => {
    const host = after.hosts[at]
    return host?.address === address || host?.hostKey === hostKey
  })
}

/** Refuses to move an environment whose services would be left behind. @throws AppError `conflict`. */
export function checkPlace(
  { name, target: before }: Pick<EnvironmentInput, 'name' | 'target'>,
  after: EnvironmentTarget,
  placed: readonly string[],
): void {
  const [first] = placed
  if (first === undefined || isSamePlace(before, after)) return
  const services = placed.length === 1 ? first : `${first} and ${placed.length - 1} more`
  throw new AppError('conflict', `${name} cannot move: ${services} would be left where it runs now.`, {
    hint: 'Stop its services first, or add another environment.',
    at: 'target',
  })
}
