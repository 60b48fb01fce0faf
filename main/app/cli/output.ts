import { once } from 'node:events'
import { createWriteStream, type WriteStream } from 'node:fs'
import type { Operation } from '#preload/contract/define.ts'

/** Whether a stream may carry bytes: then nothing else may be written among them. */
export const hasBytes = ({ output }: Operation): boolean => output.safeParse(new Uint8Array()).success

/**
 * Prints the items of a stream as JSON lines. Bytes go raw to standard output or to `file`; where there may be some, the
 * JSON between them, their progress, goes to standard error.
 */
export async function printItems(
  items: AsyncIterable<unknown>,
  bytes: boolean,
  file: string | undefined,
): Promise<void> {
  const target: NodeJS.WritableStream | WriteStream =
    file === undefined ? process.stdout : createWriteStream(file, { mode: 0o600 })
  if (file !== undefined) await once(target, 'open')
  const lines = bytes ? process.stderr : target
  for await (const item of items) {
    const isBytes = item instanceof Uint8Array
    const more = isBytes ? target.write(item) : lines.write(`${JSON.stringify(item)}\n`)
    if (isBytes && !more) await once(target, 'drain')
  }
  if (file !== undefined) await new Promise<void>((resolve) => target.end(resolve))
}
