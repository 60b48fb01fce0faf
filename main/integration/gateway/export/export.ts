import { AppError } from '#preload/contract/error.ts'
import type { GatewayExport, GatewayFormat } from '#preload/integration/gateway.ts'
import { problemText, type ReadFile } from '../file.ts'
import type { PlaneConfig } from '../plane/config.ts'
import { checkConfig } from '../plane/config-check.ts'
import { toApisix } from './apisix.ts'
import { toEnvoy } from './envoy.ts'
import { toKong } from './kong.ts'
import type { Exported, Finding } from './plan.ts'

type Target = { readonly fileName: string; readonly write: (config: PlaneConfig) => Exported }

const targets: Readonly<Record<GatewayFormat, Target>> = {
  kong: { fileName: 'kong.yaml', write: toKong },
  apisix: { fileName: 'apisix.yaml', write: toApisix },
  envoy: { fileName: 'envoy.yaml', write: toEnvoy },
}

/** @throws AppError `invalid` for a file that has problems. */
export function exportFile(name: string, { config, problems }: ReadFile, format: GatewayFormat): GatewayExport {
  if (problems.length > 0)
    throw new AppError('invalid', `${name} has problems:\n${problemText(problems)}`, {
      hint: 'Correct the file first.',
    })
  const { fileName, write } = targets[format]
  const { servedBy: _, ...plain } = config
  const whole = checkConfig(plain)
  const { text, findings } = write(withoutPortals(whole))
  return { fileName, text, findings: [...findings, ...definitionFindings(whole)] }
}

/** Others serve no page for us: a route that is only that would become one without a backend. */
export const withoutPortals = (config: PlaneConfig): PlaneConfig => ({
  ...config,
  routes: config.routes.filter(({ rules }) => !rules.some(({ portal }) => portal)),
})

/** What of definitions is not carried over. */
export const definitionFindings = ({ routes }: PlaneConfig): Finding[] =>
  routes.flatMap(({ name, rules }) => [
    ...(rules.some(({ definition }) => definition !== undefined) ? [{ path: name, message: notChecked }] : []),
    ...(rules.some(({ portal }) => portal) ? [{ path: name, message: noPage }] : []),
  ])

const notChecked = 'Requests are not checked against the definition of the API there.'
const noPage = 'The page of documentation is not served there.'
