/** Runs at once, then at most once a pause; a call that came meanwhile runs at the end of the pause. */
export function throttle(pauseMs: number, run: () => void): () => void {
  let waiting = false
  let again = false
  const go = () => {
    waiting = true
    run()
    setTimeout(() => {
      waiting = false
      if (!again) return
      again = false
      go()
    }, pauseMs)
  }
  return () => {
    if (waiting) again = true
    else go()
  }
}
