import type { FilterConfig } from './config.ts'

type PathChange = NonNullable<Extract<FilterConfig, { kind: 'rewrite' }>['path']>
type Redirect = Extract<FilterConfig, { kind: 'redirect' }>

/** HTTPPathModifier of the Gateway API: the whole path, or what a prefix match matched. `prefix` has no trailing slash. */
export function changePath(path: string, prefix: string, change: PathChange | undefined): string {
  if (change === undefined) return path
  if (change.kind === 'full') return change.value
  const changed = change.value.replace(/\/+$/, '') + path.slice(prefix.length)
  return changed.startsWith('/') ? changed : `/${changed}`
}

export type RedirectFrom = {
  readonly scheme: 'http' | 'https'
  readonly host: string
  readonly port: number
  readonly path: string
  readonly query: string
  readonly prefix: string
}

/** Location by HTTPRequestRedirectFilter: a scheme that is stated brings its own port, otherwise the listener's stays. */
export function locationOf(redirect: Redirect, from: RedirectFrom): string {
  const scheme = redirect.scheme ?? from.scheme
  const standard = scheme === 'https' ? 443 : 80
  const port = redirect.port ?? (redirect.scheme === undefined ? from.port : standard)
  const shown = port === standard ? '' : `:${port}`
  return `${scheme}://${redirect.hostname ?? from.host}${shown}${changePath(from.path, from.prefix, redirect.path)}${from.query}`
}
