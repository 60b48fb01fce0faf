import type { Asset } from './portal-assets.ts'

const escaped = (text: string): string =>
  text
    .toWellFormed()
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')

export function portalPage(path: string, title: string, assets: ReadonlyMap<string, Asset>): string {
  const address = (name: string): string => `${path}/${name}?v=${assets.get(name)?.digest ?? ''}`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${address('swagger-ui.css')}">
<link rel="stylesheet" href="${address('portal.css')}">
</head>
<body>
<main id="portal" data-document="${path}/openapi.json"></main>
<noscript>This page needs JavaScript. What it shows is in <a href="${path}/openapi.json">openapi.json</a>.</noscript>
<script src="${address('swagger-ui-bundle.js')}"></script>
<script src="${address('portal.js')}"></script>
</body>
</html>
`
}

/** Nothing of the address of the page configures it, and no validator is asked. */
export const portalScript = `'use strict'
const portal = document.getElementById('portal')
SwaggerUIBundle({
  url: portal.dataset.document,
  domNode: portal,
  validatorUrl: null,
  queryConfigEnabled: false,
  deepLinking: false,
  persistAuthorization: false,
  withCredentials: false,
  syntaxHighlight: { activated: false },
  docExpansion: 'list',
  presets: [SwaggerUIBundle.presets.apis],
})
`

export const portalStyle = `body { margin: 0; background: #fff; }
:focus-visible { outline: 2px solid #0b5fcc; outline-offset: 2px; }
`
