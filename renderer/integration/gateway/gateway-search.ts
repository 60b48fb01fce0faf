import { useLocation, useNavigate } from '@tanstack/react-router'

export const gatewayTabs = ['routes', 'backends', 'files', 'certificates', 'metrics', 'log', 'envoys', 'kong'] as const
export type GatewayTab = (typeof gatewayTabs)[number]

/** What of the screen is in its address: the tab, and the file that is open. */
type GatewaySearch = { readonly tab?: GatewayTab | undefined; readonly file?: string | undefined }

export const gatewaySearchOf = ({ tab, file }: Readonly<Record<string, unknown>>): GatewaySearch => ({
  tab: gatewayTabs.find((each) => each === tab),
  file: typeof file === 'string' && file !== '' ? file.slice(0, 60) : undefined,
})

export function useGatewaySearch() {
  const navigate = useNavigate()
  const search = useLocation({
    select: (location) => gatewaySearchOf(location.search as Readonly<Record<string, unknown>>),
  })
  const put = (change: GatewaySearch): void => {
    const merge = (current: Readonly<Record<string, unknown>>) => ({ ...current, ...change })
    void navigate({ to: '.', search: merge as never, replace: true })
  }
  return {
    ...search,
    go: (tab: GatewayTab) => put({ tab: tab === 'routes' ? undefined : tab }),
    show: (file: string | undefined) => put({ tab: 'files', file }),
  }
}
