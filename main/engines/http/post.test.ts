import { describe, expect, it } from 'vitest'
import { startFault } from '#e2e/app/peers/fault.ts'
import { createPoster, parsePostUrl } from './post.ts'

const endpoint = (url: string) => ({ name: 'Hook', url, auth: { kind: 'none' }, tls: {} }) as const
const posting = { type: 'application/octet-stream', accept: '*/*', body: Buffer.from([0, 1, 255]) }

describe('posting bytes', () => {
  it('goes to exactly the address, its query included, and gives the bytes of the answer', async () => {
    await using server = await startFault({ kind: 'raw', body: Buffer.from([0xff, 0x00, 0xfe]) })
    const poster = createPoster(endpoint(`${server.url}/a/b?team=7&x=%2F`), {})
    const answer = await poster.post({ ...posting, headers: { 'x-signature': 'abc' } })
    expect([...answer.bytes]).toEqual([0xff, 0x00, 0xfe])
    expect(server.requests[0]).toMatchObject({
      method: 'POST',
      url: '/a/b?team=7&x=%2F',
      headers: { 'content-type': 'application/octet-stream', 'x-signature': 'abc', 'content-length': '3' },
    })
    await poster.close()
  })

  it('lets no header of the request replace the credentials', async () => {
    await using server = await startFault({ kind: 'json', body: {} })
    const auth = { kind: 'header', name: 'X-Api-Key', value: 'ours' } as const
    const poster = createPoster({ ...endpoint(server.url), auth }, {})
    await poster.post({ ...posting, headers: { 'x-api-key': 'other' } })
    expect(server.requests[0]?.headers['x-api-key']).toBe('ours')
    await poster.close()
  })

  it('does not repeat a request whose connection was dropped', async () => {
    await using server = await startFault({ kind: 'close-before-answer' })
    const poster = createPoster(endpoint(server.url), {})
    await expect(poster.post(posting)).rejects.toMatchObject({ code: 'unreachable' })
    expect(server.requests).toHaveLength(1)
    await poster.close()
  })

  it('ends by time and by its caller', async () => {
    await using server = await startFault({ kind: 'silent' })
    const poster = createPoster(endpoint(server.url), { timeoutMs: 100 })
    await expect(poster.post(posting)).rejects.toMatchObject({ code: 'timeout' })
    const signal = AbortSignal.abort()
    await expect(poster.post({ ...posting, signal })).rejects.toMatchObject({ code: 'cancelled' })
    await poster.close()
  })

  it('shows a redirect as an answer and as a failure, without the query that may hold a state', async () => {
    await using server = await startFault({ kind: 'redirect', to: 'https://login.example/?state=s3cret' })
    const poster = createPoster(endpoint(server.url), {})
    const answer = await poster.post(posting)
    expect(answer.status).toBe(302)
    expect(poster.failure(answer).message).toBe(
      'Hook redirects to https://login.example/ (HTTP 302), and nothing is sent there.',
    )
    await poster.close()
  })

  it.each(['ftp://x', 'not a url', 'https://user@x', 'https://user:pw@x'])('refuses the address %s', (url) => {
    expect(() => parsePostUrl(url)).toThrow(/must (begin|not contain)/)
  })
})
