import { useMemo } from 'react'
import { encode } from 'uqr'
import { qrRuns } from './qr-runs.ts'

const quiet = 4

type QrCodeProps = {
  readonly text: string
  /** What the code is for, read out in its place. */
  readonly label: string
  /** Pixels. */
  readonly size?: number | undefined
}

/** A QR code (ISO/IEC 18004): dark on light in both themes, because many cameras read nothing else. */
export function QrCode({ text, label, size = 176 }: QrCodeProps) {
  const modules = useMemo(() => encode(text, { ecc: 'M', border: 0 }).data, [text])
  const width = modules.length + 2 * quiet
  return (
    <svg
      role="img"
      aria-label={label}
      width={size}
      height={size}
      viewBox={`0 0 ${width} ${width}`}
      shapeRendering="crispEdges"
      className="shrink-0 rounded"
    >
      <rect width={width} height={width} fill="#ffffff" />
      {qrRuns(modules).map(({ x, y, length }) => (
        <rect key={`${x}:${y}`} x={x + quiet} y={y + quiet} width={length} height={1} fill="#000000" />
      ))}
    </svg>
  )
}
