/** The process of `startIdentityProvider`: oidc-provider by its settings in the environment. */
import { randomUUID } from 'node:crypto'
import { createServer as createHttp, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createHttps } from 'node:https'
import { exportJWK, generateKeyPair } from 'jose'
import { Provider } from 'oidc-provider'
import type { ProviderProcessSettings } from './identity-provider.ts'

const settings: ProviderProcessSettings = JSON.parse(process.env.IDENTITY_PROVIDER ?? '{}')
const { issuer, users, clients, ttl, tls, groupsInIdToken } = settings
const keys: object[] = []

/** New tokens are signed with the newest key; old ones are still shown, unless they are dropped. */
async function rotate(dropOld: boolean): Promise<void> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true })
  const key = { ...(await exportJWK(privateKey)), kid: randomUUID(), use: 'sig', alg: 'RS256' }
  if (dropOld) keys.length = 0
  keys.unshift(key)
}

const claimsOf = (login: string): Record<string, unknown> => ({ sub: login, ...users[login] })

function createProvider(): Provider {
  return new Provider(issuer, {
    clients: clients.map((client) => ({ ...client })),
    jwks: { keys: keys.map((key) => ({ ...key })) },
    pkce: { required: () => true },
    scopes: ['openid', 'offline_access', 'profile', 'email', 'groups'],
    claims: { openid: ['sub'], profile: ['name'], email: ['email', 'email_verified'], groups: ['groups'] },
    features: {
      deviceFlow: { enabled: true },
      revocation: { enabled: true },
      devInteractions: { enabled: true },
      rpInitiatedLogout: { enabled: true },
    },
    rotateRefreshToken: true,
    ttl: {
      AccessToken: ttl.accessToken,
      IdToken: ttl.idToken,
      RefreshToken: 3600,
      DeviceCode: ttl.deviceCode,
      Session: 3600,
      Grant: 3600,
      Interaction: 600,
    },
    conformIdTokenClaims: !groupsInIdToken,
    cookies: { keys: ['test only'] },
    findAccount: (_context, login) =>
      users[login] === undefined
        ? undefined
        : { accountId: login, claims: async () => ({ ...claimsOf(login), sub: login }) },
  })
}

await rotate(false)
let answer = createProvider().callback()

async function listener(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method === 'POST' && request.url?.startsWith('/test-only/rotate')) {
    await rotate(request.url.endsWith('drop'))
    answer = createProvider().callback()
    response.end('rotated')
    return
  }
  await answer(request, response)
}

const server = tls === null ? createHttp(listener) : createHttps(tls, listener)
server.listen(Number(new URL(issuer).port), '127.0.0.1', () => process.stdout.write('identity provider is up\n'))
