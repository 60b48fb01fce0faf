import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { AppError, asAppError } from '#preload/contract/error.ts'
import type { SignInStep } from '#preload/security/sign-in.ts'
import { api } from '#renderer/rpc/client.ts'
import { takeSession } from '#renderer/rpc/session.ts'
import { accessKey } from '../queries.ts'

export type SignInFlow = 'browser' | 'device'

/** What is shown of a sign-in under way. */
export type SignInRun = {
  readonly provider: string
  readonly flow: SignInFlow
  /** Where to go, or what to type; null until the provider was asked. */
  readonly step: Extract<SignInStep, { kind: 'open' | 'code' }> | null
  readonly error: unknown
}

type Options = {
  /** Opens an address outside of the application. */
  readonly open: (address: string) => void
  readonly onDone: () => void
}

/** One sign-in at a provider at a time; it is cancelled when the screen goes. */
export function useSignIn({ open, onDone }: Options) {
  const [run, setRun] = useState<SignInRun | null>(null)
  const current = useRef<AbortController | null>(null)
  const client = useQueryClient()
  useEffect(() => () => current.current?.abort(), [])

  const start = async (provider: string, flow: SignInFlow): Promise<void> => {
    current.current?.abort()
    const stopped = new AbortController()
    current.current = stopped
    const show = (step: SignInRun['step'], error: unknown = null) => {
      if (current.current === stopped) setRun({ provider, flow, step, error })
    }
    show(null)
    try {
      for await (const step of api.access.signIn({ provider, flow }, { signal: stopped.signal })) {
        if (step.kind === 'failed') return show(null, AppError.fromShape(step.error))
        if (step.kind === 'done') {
          if (step.exchange !== null) await takeSession(step.exchange)
          await client.invalidateQueries({ queryKey: accessKey })
          setRun(null)
          return onDone()
        }
        if (step.kind === 'open') open(step.url)
        show(step)
      }
      if (!stopped.signal.aborted) show(null, new AppError('refused', 'The sign-in ended without an answer.'))
    } catch (thrown) {
      if (!stopped.signal.aborted && asAppError(thrown).code !== 'cancelled') show(null, thrown)
    }
  }
  const cancel = () => {
    current.current?.abort()
    current.current = null
    setRun(null)
  }
  return { run, start, cancel }
}

export type SignInHandle = ReturnType<typeof useSignIn>
