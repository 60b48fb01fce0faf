import type { GatewayKongs } from '#preload/integration/other-gateways.ts'
import { Button } from '#renderer/ui/Button.tsx'
import { KeyValueList } from '#renderer/ui/KeyValueList.tsx'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { Section } from '#renderer/ui/Section.tsx'
import { RelativeTime } from '#renderer/ui/Time.tsx'
import { KongMark } from './marks.tsx'
import { useForbidden } from './queries.ts'

type Connected = GatewayKongs['kongs'][number]
type KongProps = { readonly kong: Connected; readonly onChange: () => void; readonly onRemove: () => void }

/** What was undone of somebody else's is never left unsaid. */
function Again({ why, at }: NonNullable<Connected['again']>) {
  return (
    <>
      {why === 'it was empty'
        ? 'It had forgotten its configuration, as after a restart, and was given everything again '
        : 'Somebody else had changed its configuration, which was overwritten '}
      <RelativeTime at={at} />
    </>
  )
}

/** One that is connected: whether it has what it is to have, and why not. */
export function Kong({ kong, onChange, onRemove }: KongProps) {
  const { name, url, version, hasToken, authority, state, since, reason, askedAt, again } = kong
  const forbidden = useForbidden()
  const lines = reason?.split('\n') ?? []
  return (
    <Section
      title={<SafeText text={name} />}
      actions={
        <>
          <KongMark state={state} />
          <Button
            size={24}
            aria-label={`Change… the connection of ${name}`}
            forbidden={forbidden('gateway.connectKong')}
            onClick={onChange}
          >
            Change…
          </Button>
          <Button
            size={24}
            kind="danger"
            aria-label={`Remove… ${name}`}
            forbidden={forbidden('gateway.removeKong')}
            onClick={onRemove}
          >
            Remove…
          </Button>
        </>
      }
    >
      <KeyValueList
        items={[
          { name: 'Admin API', value: <SafeText text={url} mono /> },
          { name: 'State since', value: <RelativeTime at={since} /> },
          ...(lines.length === 0
            ? []
            : [
                {
                  name: state === 'refused' ? 'It says' : 'Why',
                  value: (
                    <ul className={state === 'refused' ? 'text-critical' : ''}>
                      {lines.map((line) => (
                        <li key={line}>
                          <SafeText text={line} />
                        </li>
                      ))}
                    </ul>
                  ),
                },
              ]),
          ...(again === null ? [] : [{ name: 'Sent again', value: <Again {...again} /> }]),
          { name: 'Answered last', value: askedAt === null ? 'not yet' : <RelativeTime at={askedAt} /> },
          { name: 'Version', value: version === null ? 'not known' : <SafeText text={version} /> },
          {
            name: 'Token',
            value: hasToken ? 'kept in the vault' : 'none',
          },
          ...(url.startsWith('https:')
            ? [{ name: 'Believed by', value: authority === '' ? 'the public authorities' : 'an authority of its own' }]
            : []),
        ]}
      />
    </Section>
  )
}
