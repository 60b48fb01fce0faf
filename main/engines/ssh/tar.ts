import { AppError } from '#preload/contract/error.ts'

export type TarFile = {
  /** Relative, with slashes. */
  readonly path: string
  readonly mode: number
  readonly size: number
  readonly content: () => AsyncIterable<Uint8Array>
}

const block = 512
/** Eleven octal digits. */
const largest = 8 ** 11 - 1

/**
 * Files as a tar archive (POSIX.1-1988 ustar; paths that do not fit as GNU long names, which every tar of Linux reads).
 * @throws AppError `invalid` when a file is not as long as it says.
 */
export async function* tarOf(files: Iterable<TarFile> | AsyncIterable<TarFile>): AsyncGenerator<Buffer> {
  for await (const file of files) {
    const path = Buffer.from(file.path)
    if (file.size > largest) throw new AppError('too_large', `${file.path} is larger than 8 GiB.`)
    if (path.length > 99) {
      yield header(Buffer.from('././@LongLink'), 0, path.length + 1, 'L')
      yield padded(Buffer.concat([path, Buffer.alloc(1)]))
    }
    yield header(path, file.mode, file.size, '0')
    let sent = 0
    for await (const chunk of file.content()) {
      sent += chunk.length
      if (sent > file.size) break
      yield Buffer.from(chunk)
    }
    if (sent !== file.size) throw new AppError('invalid', `${file.path} changed while it was read.`)
    yield Buffer.alloc(rest(file.size))
  }
  yield Buffer.alloc(2 * block)
}

const rest = (size: number): number => (block - (size % block)) % block
const padded = (bytes: Buffer): Buffer => Buffer.concat([bytes, Buffer.alloc(rest(bytes.length))])

function header(path: Buffer, mode: number, size: number, type: '0' | 'L'): Buffer {
  const bytes = Buffer.alloc(block)
  const octal = (value: number, at: number, digits: number): number =>
    bytes.write(`${value.toString(8).padStart(digits, '0')}\0`, at, 'latin1')
  path.copy(bytes, 0, 0, 99)
  octal(mode, 100, 7)
  octal(0, 108, 7)
  octal(0, 116, 7)
  octal(size, 124, 11)
  octal(0, 136, 11)
  bytes.write(type, 156, 'latin1')
  bytes.write('ustar\x0000', 257, 'latin1')
  // The sum is taken with blanks in its own place.
  bytes.fill(' ', 148, 156)
  octal(
    bytes.reduce((sum, byte) => sum + byte, 0),
    148,
    6,
  )
  return bytes
}
