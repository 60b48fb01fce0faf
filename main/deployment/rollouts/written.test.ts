import { describe, expect, it } from 'vitest'
import { lastWords, withoutSecrets } from './written.ts'

describe('what a version wrote', () => {
  it('is shown without the secrets in it, the longest first', () => {
    const text = 'password hunter22-long, then hunter22'
    expect(withoutSecrets(text, ['hunter22', 'hunter22-long'])).toBe('password [secret], then [secret]')
  })

  it('is shown without the single lines of a key', () => {
    const key = '-----BEGIN KEY-----\nMIIEvQIBADANBg\n-----END KEY-----\n'
    expect(withoutSecrets('read: MIIEvQIBADANBg!', [key])).toBe('read: [secret]!')
  })

  it('is shown without the part of a secret that is left where it was cut', () => {
    expect(withoutSecrets('-long-token and my-lon', ['my-long-token'])).toBe('[secret] and my-lon')
    expect(withoutSecrets('token my-long-tok', ['my-long-token'])).toBe('token [secret]')
  })

  it('keeps what stands in it by chance, and no secret at all changes nothing', () => {
    expect(withoutSecrets('1 of 2 done', ['', '1', 'on'])).toBe('1 of 2 done')
  })

  it('is kept by its last fifty lines', () => {
    const text = Array.from({ length: 80 }, (_, n) => `line ${n}`).join('\n')
    const kept = lastWords('1.2.0', [{ instance: 1, text: `${text}\n` }])?.split('\n') ?? []
    expect(kept[0]).toBe('Instance 1 of 1.2.0 wrote last:')
    expect([kept.length, kept[1], kept.at(-1)]).toEqual([51, 'line 30', 'line 79'])
  })

  it('is kept in 8,000 characters, however many instances wrote however much', () => {
    const much = Array.from({ length: 9 }, (_, instance) => ({ instance, text: 'x'.repeat(100_000) }))
    expect(lastWords('1.2.0', much)?.length).toBeLessThan(8_300)
  })

  it('is nothing to be kept where nothing was written', () => {
    expect(lastWords('1.2.0', [{ instance: 0, text: ' \n' }])).toBeNull()
  })
})
