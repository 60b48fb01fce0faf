import { definitionFindings, withoutPortals } from './export/export.ts'
import { createFindings, type Finding, type Tell } from './export/plan.ts'
import { namedApart } from './named-apart.ts'
import type { PlaneConfig, PlaneConfigInput } from './plane/config.ts'
import { checkConfig } from './plane/config-check.ts'
import { wholeConfig } from './whole-config.ts'

export type OfferedFiles = ReturnType<typeof createOfferedFiles>

/**
 * The files of another gateway, given to it as one configuration whenever one of them changes.
 * @param offer takes the configuration, and tells what of it the other gateway does not do.
 */
export function createOfferedFiles(offer: (whole: PlaneConfig, tell: Tell) => void) {
  const files = new Map<string, PlaneConfigInput>()
  let findings: readonly Finding[] = []
  const offerAll = (all: ReadonlyMap<string, PlaneConfigInput>): void => {
    const told = createFindings()
    const whole = checkConfig(wholeConfig([...all].map(([name, config]) => namedApart(name, config))))
    offer(withoutPortals(whole), told.tell)
    findings = [...told.findings, ...definitionFindings(whole)]
  }
  return {
    names: (): string[] => [...files.keys()].toSorted(),
    findings: (): Finding[] => [...findings],
    file: (name: string): PlaneConfigInput | null => files.get(name) ?? null,
    /** Offers it with the others. @throws AppError when it cannot be beside them; then nothing changed. */
    put(name: string, config: PlaneConfigInput): void {
      offerAll(inOrder(new Map([...files, [name, config]])))
      files.set(name, config)
    },
    drop(name: string): void {
      if (files.delete(name)) offerAll(inOrder(files))
    },
  }
}

/** By name, so that the same files are the same configuration in whatever order they came. */
const inOrder = (files: ReadonlyMap<string, PlaneConfigInput>): ReadonlyMap<string, PlaneConfigInput> =>
  new Map([...files].toSorted(([a], [b]) => (a < b ? -1 : 1)))
