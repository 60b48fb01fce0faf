import { ExternalLink, LoaderCircle } from 'lucide-react'
import type { ReactNode } from 'react'
import type { SignInStep } from '#preload/security/sign-in.ts'
import { Button } from '#renderer/ui/Button.tsx'
import { CopyButton } from '#renderer/ui/CopyButton.tsx'
import { useClock } from '#renderer/ui/clock.ts'
import { ErrorPanel } from '#renderer/ui/ErrorPanel.tsx'
import { epochOf } from '#renderer/ui/format.ts'
import { Link } from '#renderer/ui/Link.tsx'
import { SafeText } from '#renderer/ui/SafeText.tsx'
import { countdown } from '../proof/throttle.ts'
import { QrCode } from '../QrCode.tsx'
import type { SignInHandle, SignInRun } from './use-sign-in.ts'

type Code = Extract<SignInStep, { kind: 'code' }>

function Waiting({ children }: { readonly children: ReactNode }) {
  return (
    <p role="status" className="flex items-center gap-2 text-muted">
      <LoaderCircle aria-hidden size={14} className="shrink-0 animate-spin text-accent" />
      {children}
    </p>
  )
}

function InBrowser({ url, open }: { readonly url: string; readonly open: (address: string) => void }) {
  return (
    <div className="flex flex-col gap-3">
      <Waiting>Waiting for the browser. Sign in on the page that has opened.</Waiting>
      <div className="flex flex-wrap items-center gap-2">
        <Button icon={ExternalLink} onClick={() => open(url)}>
          Open the page again
        </Button>
        <CopyButton wide size={28} label="Copy its address" text={url} />
      </div>
    </div>
  )
}

function TimeLeft({ until }: { readonly until: string }) {
  const seconds = useClock((now) => Math.max(0, Math.ceil((epochOf(until) - now) / 1_000)))
  return seconds === 0 ? <>The code has ended.</> : <>The code is good for {countdown(seconds)}.</>
}

/** RFC 8628 §3.3.1: the code as it is to be typed, and the address that carries it for a camera. */
function OnDevice({ code }: { readonly code: Code }) {
  const { userCode, verificationUri, verificationUriComplete, expiresAt } = code
  return (
    <div className="flex flex-col gap-3">
      <Waiting>Waiting for the other device.</Waiting>
      <div className="flex gap-4">
        <QrCode
          text={verificationUriComplete ?? verificationUri}
          label="QR code of the address to sign in at"
          size={132}
        />
        <div className="flex min-w-0 flex-1 flex-col gap-2">
          <p className="text-secondary text-muted">Go to</p>
          <Link href={verificationUri} />
          <p className="text-secondary text-muted">and type</p>
          <div className="flex items-center gap-1">
            <output aria-label="Code to type" className="font-mono text-[22px]/8 font-semibold tracking-wider">
              <SafeText text={userCode} />
            </output>
            <CopyButton label="Copy the code" text={userCode} />
          </div>
        </div>
      </div>
      <p className="text-secondary text-muted">
        Compare the code on both screens. <TimeLeft until={expiresAt} />
      </p>
    </div>
  )
}

type SignInProgressProps = {
  readonly run: SignInRun
  readonly name: string
  readonly signIn: SignInHandle
  readonly open: (address: string) => void
}

/** A sign-in under way: where to go, what to type, what went wrong; and the way back. */
export function SignInProgress({ run, name, signIn, open }: SignInProgressProps) {
  const { step, error, provider, flow } = run
  const failed = error !== null
  return (
    <div className="flex flex-col gap-3">
      <p className="font-medium">
        <SafeText text={`Sign in with ${name}`} />
      </p>
      {failed ? (
        <ErrorPanel error={error} title="You are not signed in." onRetry={() => void signIn.start(provider, flow)} />
      ) : null}
      {!failed && step === null ? <Waiting>Asking the provider…</Waiting> : null}
      {step?.kind === 'open' ? <InBrowser url={step.url} open={open} /> : null}
      {step?.kind === 'code' ? <OnDevice code={step} /> : null}
      <Button autoFocus kind="ghost" onClick={signIn.cancel} className="self-start">
        {failed ? 'Back' : 'Cancel'}
      </Button>
    </div>
  )
}
