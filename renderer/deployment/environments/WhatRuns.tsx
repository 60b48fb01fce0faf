import type { ServiceHealth } from '#preload/deployment/environments.ts'
import { RunningConfiguration } from '../RunningConfiguration.tsx'

/** The services that run with another configuration than the layers and secrets, or the service, say now. */
export function WhatRuns({ services }: { readonly services: readonly ServiceHealth[] }) {
  return (
    <div className="flex flex-col gap-2 pt-2 empty:hidden">
      {services.map(({ service, configuration }) =>
        configuration === null ? null : (
          <RunningConfiguration key={service} service={service} configuration={configuration} />
        ),
      )}
    </div>
  )
}
