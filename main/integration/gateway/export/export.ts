import { AppError } from '#preload/contract/error.ts'
import type { GatewayExport, GatewayFormat } from '#preload/integration/gateway.ts'
import { problemText, type ReadFile } from '../file.ts'
import type { PlaneConfig } from '../plane/config.ts'
import { checkConfig } from '../plane/config-check.ts'
import { toApisix } from './apisix.ts'
import { toEnvoy } from './envoy.ts'
import { toKong } from './kong.ts'
import type { Exported } from './plan.ts'

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
  const { text, findings } = write(checkConfig(config))
  return { fileName, text, findings: [...findings] }
}
