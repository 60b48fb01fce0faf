import { contracts } from '#preload/app/contracts.ts'

const readings: ReadonlySet<string> = new Set(
  Object.values(contracts).flatMap(({ capability, operations }) =>
    Object.entries(operations).flatMap(([name, { kind }]) => (kind === 'command' ? [] : [`${capability}.${name}`])),
  ),
)

/** Whether an operation changes something. Reading of some things is logged too; what is not known counts as a change. */
export const isChange = (operation: string): boolean => !readings.has(operation)
