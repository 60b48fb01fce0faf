import { resolve } from 'node:path'
import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'electron-vite'
import type { Plugin } from 'vite'

/** Screens have paths of their own, so assets are named from the root; electron-vite would name them from the page. */
const assetsFromRoot: Plugin = {
  name: 'assets-from-root',
  enforce: 'post',
  config: () => ({ base: '/' }),
}

export default defineConfig({
  main: {
    build: {
      rolldownOptions: {
        input: {
          electron: resolve('main/app/electron.ts'),
          server: resolve('main/app/server.ts'),
          worker: resolve('main/app/worker.ts'),
          'pdf-worker': resolve('main/app/pdf-worker.ts'),
          agent: resolve('main/app/agent.ts'),
          'gateway-worker': resolve('main/app/gateway-worker.ts'),
          cli: resolve('main/app/cli/main.ts'),
        },
        output: { format: 'es' },
      },
    },
  },
  preload: {
    build: {
      externalizeDeps: false,
      rolldownOptions: {
        input: { index: resolve('preload/index.ts') },
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: 'renderer',
    plugins: [react(), tailwindcss(), assetsFromRoot],
    build: { rolldownOptions: { input: resolve('renderer/index.html') } },
  },
})
