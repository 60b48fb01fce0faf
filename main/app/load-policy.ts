import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type CedarPolicy, createCedarPolicy } from '#main/kernel/access/cedar/cedar-policy.ts'
import type { FindException } from '#main/kernel/access/cedar/verdict.ts'
import { type Clock, systemClock } from '#main/kernel/clock.ts'
import { contracts } from '#preload/app/contracts.ts'
import type { Contract } from '#preload/contract/define.ts'

type Options = {
  /** Contracts besides those of the product. */
  readonly more?: readonly Contract[]
  readonly clock?: Clock
  readonly stepUpSeconds?: () => number
  readonly findException?: FindException
}

const defaultStepUpSeconds = 15 * 60

/** The policy as it is shipped, over the contracts of the product. @param resources folder of the built-in content. */
export const loadPolicy = (resources: string, options: Options = {}): CedarPolicy =>
  createCedarPolicy({
    contracts: [...Object.values(contracts), ...(options.more ?? [])],
    builtIn: readFileSync(join(resources, 'policies', 'built-in.cedar'), 'utf8'),
    clock: options.clock ?? systemClock,
    stepUpSeconds: options.stepUpSeconds ?? (() => defaultStepUpSeconds),
    ...(options.findException ? { findException: options.findException } : {}),
  })
