import { countdown } from './throttle.ts'

/** What a failed attempt is answered with, and how long to wait before the next; for the error of a field. */
export function Attempt({ sentence, wait }: { readonly sentence: string; readonly wait: number }) {
  return (
    <>
      {sentence}
      {wait > 0 ? (
        <span className="block font-medium">
          You can try again in <span role="timer">{countdown(wait)}</span>.
        </span>
      ) : null}
    </>
  )
}
