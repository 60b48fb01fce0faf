import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import '../ui/theme.css'
import { App, type AppProps } from './App.tsx'
import { startTheme } from './theme.ts'

/** Puts the application on the page. */
export function mount(props: AppProps): void {
  startTheme()
  const host = document.getElementById('root')
  if (host === null) throw new TypeError('index.html has no #root')
  createRoot(host).render(
    <StrictMode>
      <App {...props} />
    </StrictMode>,
  )
}
