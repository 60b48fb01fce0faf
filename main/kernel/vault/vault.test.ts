import { sql } from 'kysely'
import { beforeEach, describe, expect, it } from 'vitest'
import { onBothDatabases } from '#e2e/app/peers/databases.ts'
import { openWorkspace, type Workspace } from '../store/workspace.ts'
import { seal, unseal } from './seal.ts'
import { type Keychain, openVault, vaultTables } from './vault.ts'

/** A keychain of this test: reversible, and recognisably not plain text. */
const keychain = (unavailable: string | null = null): Keychain => ({
  unavailable: async () => unavailable,
  protect: async (text) => `kept:${Buffer.from(text).reverse().toString('hex')}`,
  reveal: async (sealed) => Buffer.from(sealed.slice('kept:'.length), 'hex').reverse().toString(),
})

onBothDatabases('a vault with a passphrase', (open, dialect) => {
  let workspace: Workspace
  beforeEach(async () => {
    workspace = (await open()).workspace
  })

  const dump = async (): Promise<string> =>
    JSON.stringify((await sql`select * from vault_secret, vault_key`.execute(workspace)).rows)

  it('keeps a secret over a restart, for whoever knows the passphrase', async () => {
    const vault = await openVault(workspace, null)
    await vault.create('correct horse battery')
    await vault.put('connection/1/token', 's3cret-token')
    const reopened = await openVault(workspace, null)
    await expect(reopened.open('connection/1/token')).rejects.toMatchObject({ code: 'locked' })
    await expect(reopened.unlock('wrong horse battery')).rejects.toMatchObject({ code: 'forbidden' })
    await reopened.unlock('correct horse battery')
    expect(await reopened.open('connection/1/token')).toBe('s3cret-token')
  })

  it('stores nothing that can be read', async () => {
    const vault = await openVault(workspace, null)
    await vault.create('correct horse battery')
    await vault.put('a', 's3cret-token')
    expect(await dump()).not.toMatch(/s3cret-token|correct horse/)
    expect(await dump()).not.toContain(Buffer.from('s3cret-token').toString('base64').slice(0, 12))
  })

  it('refuses to store a secret before there is a passphrase, and says what to do', async () => {
    const vault = await openVault(workspace, null)
    await expect(vault.put('a', 'x')).rejects.toMatchObject({
      code: 'locked',
      hint: expect.stringContaining('passphrase'),
    })
    expect((await vault.status()).state).toBe('none')
  })

  it('is closed by lock, and cannot be created twice', async () => {
    const vault = await openVault(workspace, null)
    await vault.create('correct horse battery')
    await expect(vault.create('another passphrase')).rejects.toMatchObject({ code: 'conflict' })
    await vault.put('a', 'x')
    vault.lock()
    expect((await vault.status()).state).toBe('locked')
    await expect(vault.open('a')).rejects.toMatchObject({ code: 'locked' })
  })

  it('says that a secret is missing rather than answering an empty one', async () => {
    const vault = await openVault(workspace, null)
    await vault.create('correct horse battery')
    await vault.put('a', 'x')
    await vault.remove(['a'])
    await expect(vault.open('a')).rejects.toMatchObject({ code: 'not_found' })
  })

  it('can be wrapped for another place without a change here', async () => {
    const vault = await openVault(workspace, null)
    await vault.create('correct horse battery')
    await vault.put('a', 'x')
    const before = await dump()
    const { by, wrapped } = await vault.rewrap('another passphrase')
    expect([by, before.includes(wrapped), await dump()]).toEqual(['passphrase', false, before])
    vault.lock()
    await expect(vault.rewrap('another passphrase')).rejects.toMatchObject({ code: 'locked' })
  })

  it('is created by one of two who do it at once', async () => {
    const [first, second] = [await openVault(workspace, null), await openVault((await open()).workspace, null)]
    const outcomes = await Promise.allSettled([first.create('correct horse'), second.create('battery staple')])
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'conflict' } })
  })

  if (dialect === 'postgres')
    it('leaves the keychain of one person out of what a team shares', async () => {
      const vault = await openVault(workspace, keychain())
      await expect(vault.put('a', 'x')).rejects.toMatchObject({ code: 'locked' })
      expect((await vault.status()).keychainUnavailable).toContain('A team shares this workspace')
    })
})

describe('a vault with a keychain', () => {
  let workspace: Workspace
  beforeEach(async () => {
    workspace = (await openWorkspace(':memory:', [{ name: 'vault', statements: [...vaultTables] }])).workspace
  })

  it('needs no passphrase and opens by itself', async () => {
    await (await openVault(workspace, keychain())).put('a', 'x')
    const reopened = await openVault(workspace, keychain())
    expect(await reopened.open('a')).toBe('x')
    expect(await reopened.status()).toEqual({ state: 'unlocked', by: 'keychain', keychainUnavailable: null })
  })

  it('asks for a passphrase where the keychain does not really encrypt', async () => {
    const vault = await openVault(workspace, keychain('basic_text'))
    await expect(vault.put('a', 'x')).rejects.toMatchObject({ code: 'locked' })
    expect((await vault.status()).keychainUnavailable).toBe('basic_text')
  })

  it('cannot be unlocked by a passphrase on another host', async () => {
    await (await openVault(workspace, keychain())).put('a', 'x')
    const elsewhere = await openVault(workspace, null)
    await expect(elsewhere.unlock('anything at all')).rejects.toMatchObject({ code: 'unsupported' })
  })
})

describe('a sealed text', () => {
  const key = Buffer.alloc(32, 7)
  it('differs every time and opens to the same', () => {
    const [a, b] = [seal(key, 'p', 'text'), seal(key, 'p', 'text')]
    expect(a).not.toBe(b)
    expect(unseal(key, 'p', a)).toBe('text')
  })
  it('does not open for another purpose, under another key, or with a byte changed', () => {
    const sealed = seal(key, 'p', 'text')
    const changed = Buffer.from(sealed, 'base64')
    changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1
    expect(() => unseal(key, 'q', sealed)).toThrow()
    expect(() => unseal(Buffer.alloc(32, 8), 'p', sealed)).toThrow()
    expect(() => unseal(key, 'p', changed.toString('base64'))).toThrow()
  })
})
