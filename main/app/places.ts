import { existsSync, readFileSync } from 'node:fs'
import { dirname, extname, join } from 'node:path'

/** Where the parts of the application are, built or as sources. */
export type Places = {
  readonly version: string
  readonly worker: string
  readonly pdfWorker: string
  readonly gatewayWorker: string
  readonly agent: string
  readonly resources: string
  readonly renderer: string
  readonly preload: string
}

/** @param entry file name of the running entry: `out/main/*.js`, or a source below `main/app`. */
export function places(entry: string): Places {
  let root = dirname(entry)
  while (!existsSync(join(root, 'package.json'))) root = dirname(root)
  const built = extname(entry) === '.js'
  const entryOf = (name: string): string =>
    built ? join(root, 'out', 'main', `${name}.js`) : join(root, 'main', 'app', `${name}.ts`)
  return {
    version: JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version,
    worker: entryOf('worker'),
    pdfWorker: entryOf('pdf-worker'),
    gatewayWorker: entryOf('gateway-worker'),
    agent: entryOf('agent'),
    resources: join(root, 'resources'),
    renderer: join(root, 'out', 'renderer'),
    preload: join(root, 'out', 'preload', 'index.cjs'),
  }
}
