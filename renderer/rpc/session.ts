import { AppError } from '#preload/contract/error.ts'
import { reconnect } from './connection.ts'

/**
 * Becomes the session that a sign-in made, with the code that came with it: the server host gives the browser that
 * session's cookie, and the page connects again with it. The page stays, and with it where the person wanted to go.
 *
 * @throws AppError when the code was used or is too old
 */
export async function takeSession(code: string): Promise<void> {
  const answer = await fetch(`/session?code=${encodeURIComponent(code)}`, { redirect: 'error', cache: 'no-store' })
  if (!answer.ok)
    throw new AppError('unauthenticated', 'This sign-in is over.', {
      hint: 'Sign in again; it has to be finished at once.',
    })
  await reconnect()
}
