const escaped = (text: string): string =>
  text
    .toWellFormed()
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')

export function portalPage(
  path: string,
  title: string,
  digests: ReadonlyMap<string, { readonly digest: string }>,
): string {
  const address = (name: string): string => `${path}/${name}?v=${digests.get(name)?.digest ?? ''}`
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
<div id="portal" data-document="${path}/openapi.json"></div>
<noscript>This page needs JavaScript. What it shows is in <a href="${path}/openapi.json">openapi.json</a>.</noscript>
<script src="${address('swagger-ui-bundle.js')}"></script>
<script src="${address('portal.js')}"></script>
</body>
</html>
`
}
