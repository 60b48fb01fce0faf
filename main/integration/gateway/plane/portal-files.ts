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
  onComplete: () => document.getElementById('servers')?.setAttribute('aria-label', 'Server'),
})
`

/** The library's own colours are too pale to be read by everybody (WCAG 2.2, 1.4.3). */
export const portalStyle = `:root { color-scheme: light; }
body { margin: 0; background: #fff; }
:focus-visible { outline: 2px solid #0b5fcc; outline-offset: 2px; }
#portal a, #portal .url, #portal .info .link .url { color: #0b5fcc; }
#portal pre.version { color: #fff; }
#portal .info .title small, #portal .info .title small.version-stamp { background: #57606a; }
#portal .info .title small.version-stamp { background: #0f7040; }
#portal .opblock .opblock-summary-method { color: #1b2027; text-shadow: none; }
#portal .opblock-head .opblock-summary-method { background: #d9b3ff; }
#portal .opblock-options .opblock-summary-method { background: #a9cdf5; }
#portal .parameter__in, #portal .parameter__deprecated, #portal .parameter__extension { color: #57606a; }
#portal .parameter__name.required span, #portal .parameter__name.required::after { color: #c01c28; }
#portal .btn.cancel { color: #c01c28; border-color: #c01c28; }
#portal .btn.execute { background: #0b5fcc; border-color: #0b5fcc; color: #fff; }
#portal .btn.authorize, #portal .btn.authorize span { color: #0f7040; border-color: #0f7040; }
#portal .btn.authorize svg { fill: #0f7040; }
#portal .download-contents, #portal .copy-to-clipboard { background: #57606a; color: #fff; }
`
