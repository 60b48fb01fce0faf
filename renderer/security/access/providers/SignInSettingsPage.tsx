import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Provider } from '#preload/security/sign-in.ts'
import { api } from '#renderer/rpc/client.ts'
import { ConfirmDialog } from '#renderer/ui/ConfirmDialog.tsx'
import { useCommands } from '#renderer/ui/commands.ts'
import { QueryView } from '#renderer/ui/QueryView.tsx'
import { SplitPane } from '#renderer/ui/SplitPane.tsx'
import { Forbidden } from '../Forbidden.tsx'
import { providersQuery, settingsQuery, useAccessChange, useForbidden } from '../queries.ts'
import { sentenceOf } from '../sentence.ts'
import { ProviderForm } from './ProviderForm.tsx'
import { ProviderList } from './ProviderList.tsx'
import { useProviderSearch } from './provider-search.ts'
import { SettingsForm } from './SettingsForm.tsx'

type RemovalProps = {
  readonly provider: Provider | null
  readonly onClose: () => void
  readonly onRemoved: () => void
}

function AskRemoval({ provider, onClose, onRemoved }: RemovalProps) {
  const remove = useAccessChange((id: string) => api.access.removeProvider({ id }))
  const close = () => {
    remove.reset()
    onClose()
  }
  return (
    <ConfirmDialog
      open={provider !== null}
      onClose={close}
      onConfirm={() => {
        if (provider === null) return
        remove.mutate(provider.id, {
          onSuccess: () => {
            close()
            onRemoved()
          },
        })
      }}
      title="Remove this identity provider?"
      target={provider?.settings.name}
      effect="Nobody signs in by it any more. The people who came through it stay known, with what they did; its secret is destroyed."
      action="Remove"
      typedName={provider?.settings.name}
      busy={remove.isPending}
      error={sentenceOf(remove.error)}
    />
  )
}

/** How people sign in: what it takes, which groups give which roles, and the identity providers. */
export function SignInSettingsPage() {
  const forbidden = useForbidden()
  const hidden = forbidden('access.settings') ?? forbidden('access.providers')
  const settings = useQuery({ ...settingsQuery, enabled: hidden === undefined })
  const providers = useQuery({ ...providersQuery, enabled: hidden === undefined })
  const search = useProviderSearch()
  const [removal, setRemoval] = useState<Provider | null>(null)
  const opened = providers.data?.find(({ id }) => id === search.open)
  const adding = search.open === 'new'
  useCommands([
    {
      id: 'provider.new',
      title: 'New identity provider',
      area: 'Sign-in',
      shortcut: 'c',
      disabledReason: forbidden('access.putProvider'),
      run: () => search.show('new'),
    },
  ])
  if (hidden !== undefined) return <Forbidden title="You may not see how people sign in" reason={hidden} />
  return (
    <>
      <SplitPane
        name="sign-in"
        detailLabel="Provider"
        initial={560}
        minDetail={440}
        minList={400}
        detail={
          adding || opened !== undefined ? (
            <ProviderForm
              key={search.open}
              provider={opened ?? null}
              onSaved={({ id }) => search.show(id)}
              onRemove={setRemoval}
              onClose={search.close}
            />
          ) : null
        }
        list={
          <div className="h-full overflow-auto">
            <QueryView
              query={providers}
              failure="The identity providers could not be read."
              skeletonRows={2}
              ready={(all) => (
                <ProviderList
                  providers={all}
                  open={search.open}
                  forbidden={forbidden('access.putProvider')}
                  onOpen={search.show}
                />
              )}
            />
            <QueryView
              query={settings}
              failure="The settings could not be read."
              skeletonRows={5}
              ready={(present) => <SettingsForm settings={present} />}
            />
          </div>
        }
      />
      <AskRemoval provider={removal} onClose={() => setRemoval(null)} onRemoved={search.close} />
    </>
  )
}
