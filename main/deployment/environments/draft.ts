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

/** Where instances are: what says whom to be there, and by which key, may change while they run. */
const placeOf = (target: EnvironmentTarget): string =>
  target.kind === 'machine' ? 'machine' : JSON.stringify([target.folder, target.hosts.map(({ address }) => address)])

/** Refuses to move an environment whose services would be left behind. @throws AppError `conflict`. */
export function checkPlace(
  { name, target: before }: Pick<EnvironmentInput, 'name' | 'target'>,
  after: EnvironmentTarget,
  placed: readonly string[],
): void {
  const [first] = placed
  if (first === undefined || placeOf(before) === placeOf(after)) return
  const services = placed.length === 1 ? first : `${first} and ${placed.length - 1} more`
  throw new AppError('conflict', `${name} cannot move: ${services} would be left where it runs now.`, {
    hint: 'Stop its services first, or add another environment.',
    at: 'target',
  })
}
