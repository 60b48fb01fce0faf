import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import '../theme.css'
import { useShortcutKeys } from '../commands.ts'
import { OpenerProvider } from '../Link.tsx'
import { Tabs } from '../Tabs.tsx'
import { Toasts } from '../Toasts.tsx'
import { TooltipProvider } from '../Tooltip.tsx'
import { Charts } from './Charts.tsx'
import { Controls } from './Controls.tsx'
import { Marks } from './Marks.tsx'
import { Overlays } from './Overlays.tsx'
import { Rows } from './Rows.tsx'
import { States } from './States.tsx'

const theme = new URLSearchParams(location.search).get('theme')
if (theme !== null) document.documentElement.dataset.theme = theme

const tabs = [
  { id: 'controls', label: 'Controls', panel: <Controls /> },
  { id: 'marks', label: 'Marks and text', panel: <Marks /> },
  { id: 'states', label: 'States', panel: <States /> },
  { id: 'overlays', label: 'Overlays', panel: <Overlays /> },
  { id: 'rows', label: 'Data grid', count: 10_000, panel: <Rows /> },
  { id: 'charts', label: 'Charts', panel: <Charts /> },
]

function Gallery() {
  useShortcutKeys()
  return (
    <main className="flex h-full flex-col">
      <h1 className="px-3 py-2 text-title font-semibold">Design system</h1>
      <Tabs label="Gallery" tabs={tabs} />
      <Toasts />
    </main>
  )
}

const host = document.getElementById('root')
if (host === null) throw new TypeError('no #root')
createRoot(host).render(
  <StrictMode>
    <OpenerProvider open={() => undefined}>
      <TooltipProvider>
        <Gallery />
      </TooltipProvider>
    </OpenerProvider>
  </StrictMode>,
)
