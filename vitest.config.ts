import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['main/**/*.test.ts', 'preload/**/*.test.ts', 'renderer/**/*.test.{ts,tsx}', 'e2e/app/**/*.test.ts'],
    environment: 'node',
    pool: 'forks',
    // One more than processors: many tests wait for real servers.
    maxWorkers: availableParallelism() + 1,
    testTimeout: 20_000,
    hookTimeout: 60_000,
    // For the processes that tests start, which compile the same sources again and again.
    env: { NODE_COMPILE_CACHE: 'node_modules/.cache/compiled' },
    coverage: {
      provider: 'v8',
      include: ['main/**/*.ts', 'preload/**/*.ts'],
      // What runs in processes of its own is not seen here; it is proven over real sockets (rollouts, gateway/plane).
      exclude: ['**/*.test.ts', 'main/app/agent.ts', 'main/integration/gateway/plane/**'],
      reporter: ['text-summary', 'json-summary'],
      reportOnFailure: true,
    },
  },
})
