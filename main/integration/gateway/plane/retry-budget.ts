const share = 0.2
const reserve = 10
const most = 100

/** Lets a fifth of recent requests be tried again, so that retries never multiply the load on what already fails. */
export type RetryBudget = { seen(): void; take(): boolean }

export function createRetryBudget(): RetryBudget {
  let tokens = reserve
  return {
    seen() {
      if (tokens < most) tokens += share
    },
    take() {
      if (tokens < 1) return false
      tokens -= 1
      return true
    },
  }
}
