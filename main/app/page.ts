import type { ServerResponse } from 'node:http'
import { securityHeaders } from './static-files.ts'

const inert = (text: string): string => text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`)

/** A page that says one sentence. @param headers besides those of every page. */
export function answerPage(
  response: ServerResponse,
  status: number,
  sentence: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response
    .writeHead(status, {
      ...securityHeaders,
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      ...headers,
    })
    .end(
      `<!doctype html><meta charset="utf-8"><title>Framework0</title><link rel="icon" href="data:,"><p>${inert(sentence)}</p>`,
    )
}
