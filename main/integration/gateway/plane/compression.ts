import type { IncomingHttpHeaders } from 'node:http'
import { constants, createBrotliCompress, createGzip } from 'node:zlib'
import { changeHeaders, flatValue } from './request-headers.ts'

/** Event streams are left out: a compressor would hold events back. */
const compressible =
  /^(text\/(?!event-stream)|application\/(json|javascript|xml|wasm|[\w.+-]+\+(json|xml))\b|image\/svg\+xml)/i
const worthwhileBytes = 1_024

export type Coding = 'br' | 'gzip'

/** How to compress an answer, if at all (RFC 9110 §8.4, §12.5.3). */
export function codingFor(
  request: IncomingHttpHeaders,
  method: string,
  status: number,
  flat: readonly string[],
): Coding | null {
  const accepted = String(request['accept-encoding'] ?? '')
  if (method === 'HEAD' || status < 200 || status === 204 || status === 206 || status === 304 || accepted === '')
    return null
  if (flatValue(flat, 'content-encoding') !== undefined || /no-transform/i.test(flatValue(flat, 'cache-control') ?? ''))
    return null
  if (!compressible.test(flatValue(flat, 'content-type') ?? '')) return null
  const length = flatValue(flat, 'content-length')
  if (length !== undefined && Number(length) < worthwhileBytes) return null
  return accepts(accepted, 'br') ? 'br' : accepts(accepted, 'gzip') ? 'gzip' : null
}

const accepts = (header: string, coding: string): boolean =>
  header.split(',').some((each) => {
    const [name = '', q = ''] = each.split(';')
    return name.trim().toLowerCase() === coding && !/^\s*q=0(\.0*)?\s*$/.test(q)
  })

/** Length and strong validators are of the plain bytes, so they go. */
export function encodedHeaders(flat: readonly string[], coding: Coding): string[] {
  const etag = flatValue(flat, 'etag')
  return changeHeaders(flat, {
    set: [
      { name: 'content-encoding', value: coding },
      ...(etag?.startsWith('"') ? [{ name: 'etag', value: `W/${etag}` }] : []),
    ],
    add: [{ name: 'vary', value: 'accept-encoding' }],
    remove: ['content-length', 'accept-ranges'],
  })
}

export const createCompressor = (coding: Coding) =>
  coding === 'gzip'
    ? createGzip({ level: 5 })
    : createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: 4 } })
