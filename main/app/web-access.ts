import type { CallbackPage } from '#main/security/access/callbacks.ts'
import { hashOfKey } from '#main/security/access/live.ts'
import type { Access } from '#main/security/access/service.ts'
import { AppError } from '#preload/contract/error.ts'

/** What the server host asks of whoever knows who is signed in. */
export type WebAccess = {
  readonly signInRequired: () => boolean
  /** Whether a session of a personal workspace was ended. */
  readonly isDismissed: (key: string) => boolean
  /** Trades the code of a sign-in for the key of its session, for the browser that signed in. */
  readonly exchange: (code: string, key: string) => string | null
  /** A browser came back from an identity provider. @param url as it was asked for. */
  readonly callback: (url: URL, key: string | null) => Promise<CallbackPage>
  /** Keeps the form of a SAML provider until our own page brings it. @returns a ticket, or null for what nobody awaits. */
  readonly park: (url: URL, form: Readonly<Record<string, string>>) => string | null
  readonly parked: (ticket: string, key: string | null) => Promise<CallbackPage>
  /** What a SAML provider has to know of this application, as XML. @throws AppError when there is no such provider. */
  readonly metadata: (provider: string, origin: string) => Promise<string>
  /** Says where the pages are served, so that providers can be told. */
  readonly servedAt: (origin: string) => void
}

export const webAccess = ({
  signInRequired,
  sessions,
  arrivals,
  callbacks,
  providers,
  servedAt,
}: Access): WebAccess => ({
  signInRequired,
  isDismissed: sessions.isDismissed,
  exchange: arrivals.exchange,
  callback: (url, key) =>
    callbacks.deliver(url.searchParams.get('state') ?? '', key === null ? null : hashOfKey(key), {
      url: url.href,
      form: null,
    }),
  park: (url, form) => callbacks.park(form.RelayState ?? '', { url: url.href, form }),
  parked: (ticket, key) => callbacks.deliverParked(ticket, key === null ? null : hashOfKey(key)),
  metadata: async (provider, origin) => (await providers.saml(provider, origin)).metadata(),
  servedAt,
})

/** Of a personal workspace that stays one: nobody signs in. */
export const noSignIn: WebAccess = {
  signInRequired: () => false,
  isDismissed: () => false,
  exchange: () => null,
  callback: async () => nothingHere,
  park: () => null,
  parked: async () => nothingHere,
  metadata: () => Promise.reject(new AppError('not_found', nothingHere.sentence)),
  servedAt: () => {},
}

const nothingHere: CallbackPage = { status: 404, sentence: 'There is nothing here.' }
