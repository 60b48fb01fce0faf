import './no-eval.ts'
import { QueryClient } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { mount } from './mount.tsx'
import { createAppRouter } from './router.tsx'
import { Shell } from './Shell.tsx'

function Frame({ children }: { readonly children: ReactNode }) {
  return (
    <Shell
      workspace="Framework0"
      identity={{ name: 'Nobody', role: 'not signed in' }}
      environments={[]}
      connections={[]}
      navigation={[]}
      status={{ host: 'Not connected', version: '' }}
    >
      {children}
    </Shell>
  )
}

mount({
  router: createAppRouter([], { frame: Frame }),
  queryClient: new QueryClient(),
  openExternal: (address) => window.open(address, '_blank', 'noopener,noreferrer'),
})
