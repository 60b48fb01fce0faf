import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { AppError } from '#preload/contract/error.ts'

/** The whole body as UTF-8 text, unzipped; see `readBytes`. */
export async function readBody(name: string, body: Readable, encoding: string, maxBytes: number): Promise<string> {
  const text = (await readBytes(name, body, encoding, maxBytes)).toString('utf8')
  return text.startsWith('\ufeff') ? text.slice(1) : text
}

/**
 * The whole body, unzipped. The limit (bytes, after unzipping) is enforced while it streams, so that neither an endless
 * answer nor a zip bomb is ever held. Throws `too_large`; errors of the stream pass through.
 */
export async function readBytes(name: string, body: Readable, encoding: string, maxBytes: number): Promise<Buffer> {
  // The stream may still report its end after we have left it; nobody is waiting for that any more.
  body.on('error', () => undefined)
  const plain = encoding === 'gzip' ? unzipped(body) : body
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of plain as AsyncIterable<Buffer>) {
      bytes += chunk.length
      if (bytes > maxBytes) throw tooLarge(name, maxBytes)
      chunks.push(chunk)
    }
  } catch (thrown) {
    throw isBrokenZip(thrown) ? brokenZip(name, thrown) : thrown
  } finally {
    plain.destroy()
    body.destroy()
  }
  return Buffer.concat(chunks)
}

function unzipped(body: Readable): Readable {
  const gunzip = createGunzip()
  body.on('error', (error) => gunzip.destroy(error))
  return body.pipe(gunzip)
}

function tooLarge(name: string, maxBytes: number): AppError {
  const limit = maxBytes >= 1024 ** 2 ? `${Math.floor(maxBytes / 1024 ** 2)} MiB` : `${maxBytes} bytes`
  return new AppError('too_large', `${name} sent more than the ${limit} that are accepted for one answer.`, {
    hint: 'Ask for less: a shorter time, a larger step, or a narrower filter.',
  })
}

const isBrokenZip = (thrown: unknown): boolean =>
  thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' && /^Z_/.test(thrown.code)

const brokenZip = (name: string, cause: unknown): AppError =>
  new AppError('unreachable', `${name} sent a compressed answer that cannot be unpacked.`, {
    hint: 'The answer may have been cut or changed on its way: look at any proxy between.',
    cause,
  })
