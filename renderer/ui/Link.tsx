import { ExternalLink as ExternalIcon } from 'lucide-react'
import { createContext, type MouseEvent, type ReactNode, useContext } from 'react'
import { webAddress } from './inert-text.ts'
import { SafeText } from './SafeText.tsx'

/** How this host opens an address outside of the application. */
export type OpenExternal = (address: string) => void

const OpenerContext = createContext<OpenExternal | null>(null)

export function OpenerProvider({ open, children }: { readonly open: OpenExternal; readonly children: ReactNode }) {
  return <OpenerContext value={open}>{children}</OpenerContext>
}

/** For a button that opens an address outside. Anything but plain http(s) is not opened; null where no opener is given. */
export function useOpenExternal(): OpenExternal | null {
  const open = useContext(OpenerContext)
  return open === null
    ? null
    : (href) => {
        const address = webAddress(href)
        if (address !== null) open(address)
      }
}

export type LinkProps = {
  readonly href: string
  readonly children?: ReactNode
  /** -1 inside a grid, where Tab leaves. */
  readonly tabIndex?: number | undefined
  /** Defaults to the opener of the nearest `OpenerProvider`. */
  readonly open?: OpenExternal | undefined
}

/** An external link. Anything but plain http(s) — and everything while no opener is given — stays inert text. */
export function Link({ href, children, tabIndex, open }: LinkProps) {
  const provided = useContext(OpenerContext)
  const opener = open ?? provided
  const address = webAddress(href)
  if (address === null || opener === null) return <SafeText text={href} />
  const onClick = (event: MouseEvent) => {
    event.preventDefault()
    opener(address)
  }
  return (
    <a
      href={address}
      title={address}
      rel="noopener noreferrer"
      tabIndex={tabIndex}
      onClick={onClick}
      onAuxClick={onClick}
      className="inline-flex max-w-full items-baseline gap-1 text-accent underline-offset-2 hover:underline"
    >
      <span className="min-w-0 break-words">{children ?? <SafeText text={href} />}</span>
      <ExternalIcon aria-label="opens outside" size={11} className="shrink-0" />
    </a>
  )
}
