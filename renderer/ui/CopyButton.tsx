import { Check, Copy } from 'lucide-react'
import { useEffect, useState } from 'react'
import { Button, type ControlSize, IconButton } from './Button.tsx'

export type CopyButtonProps = {
  readonly text: string | (() => string)
  /** What is copied: `Copy query`. */
  readonly label: string
  readonly size?: ControlSize | undefined
  /** Show the label beside the icon. */
  readonly wide?: boolean | undefined
}

export function CopyButton({ text, label, size = 24, wide = false }: CopyButtonProps) {
  const [outcome, setOutcome] = useState<'idle' | 'copied' | 'failed'>('idle')
  useEffect(() => {
    if (outcome === 'idle') return
    const timer = setTimeout(() => setOutcome('idle'), 1_500)
    return () => clearTimeout(timer)
  }, [outcome])
  const copy = () =>
    navigator.clipboard.writeText(typeof text === 'string' ? text : text()).then(
      () => setOutcome('copied'),
      () => setOutcome('failed'),
    )
  const words = { idle: label, copied: 'Copied', failed: 'The clipboard is not available' }[outcome]
  const icon = outcome === 'copied' ? Check : Copy
  if (wide)
    return (
      <Button size={size} icon={icon} onClick={copy}>
        {words}
      </Button>
    )
  return <IconButton size={size} icon={icon} label={words} onClick={copy} />
}
