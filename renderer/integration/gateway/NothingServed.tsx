import { EmptyState } from '#renderer/ui/EmptyState.tsx'

type NothingServedProps = { readonly title: string; readonly onFiles: () => void }

export function NothingServed({ title, onFiles }: NothingServedProps) {
  return (
    <EmptyState voice="unconfigured" title={title} action={{ label: 'Go to the files', run: onFiles }}>
      The gateway serves what is rolled out to this machine, and what Gateway API files say.
    </EmptyState>
  )
}
