import type { TestStep } from '#preload/fleet/connections.ts'
import { WalkResult } from '#renderer/ui/WalkResult.tsx'
import type { ConnectionTestHandle } from './use-connection-test.ts'

const titles: Readonly<Record<TestStep['step'], string>> = {
  dns: 'DNS',
  tcp: 'TCP',
  tls: 'TLS',
  http: 'HTTP',
  auth: 'Sign-in',
  product: 'Product',
}

type ConnectionTestProps = {
  readonly run: NonNullable<ConnectionTestHandle['run']>
  readonly onCancel: () => void
  readonly onClose: () => void
  readonly onRepeat: () => void
}

/** The walk from name to product, live, one line a step. */
export const ConnectionTest = (props: ConnectionTestProps) => (
  <WalkResult {...props} titles={titles} failure="The connection was not tested." />
)
