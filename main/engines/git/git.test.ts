import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type GitServer, startGitServer } from '#e2e/app/peers/git-server.ts'
import { type Git, openGit } from './git.ts'
import { checkPlace, type GitPlace } from './place.ts'

const { signal } = new AbortController()
const path = 'deploy/production.yaml'
const file = (version: string, more = ''): string =>
  `# What runs.\nimage:\n  name:   shop   # kept as it is\n  tag: "${version}" # by hand\n${more}`
const user = 'git'
let server: GitServer
let folder: string
let git: Git
let place: GitPlace
let token: { user: string; token: string }
const read = (change: Partial<GitPlace> = {}) => git.read({ ...place, ...change }, token, signal)
const revert = (change: { bad?: string; good?: string; rollout?: string } = {}) =>
  git.revert(place, token, { bad: '1.1.0', good: '1.0.0', reason: 'Errors failed.', rollout: 'r-1', ...change }, signal)

async function begin(): Promise<void> {
  folder = mkdtempSync(join(tmpdir(), 'framework0-git-'))
  server = await startGitServer()
  git = openGit(folder)
  token = { user, token: server.token }
  place = { address: server.url, branch: 'main', path, key: 'image.tag' }
  server.commit({ [path]: file('1.0.0'), 'README.md': 'Shop.' }, 'Begin')
}
async function end(): Promise<void> {
  await server[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
}

describe('a value in a repository', () => {
  beforeEach(begin)
  afterEach(end)

  it('is read with the commit that brought it, whatever came after', async () => {
    const brought = server.commit({ [path]: file('1.1.0') }, 'Run 1.1.0')
    server.commit({ [path]: file('1.1.0', 'other: 1\n') }, 'Something else in the file')
    server.commit({ 'README.md': 'The shop.' }, 'Something else')
    const { value, commit } = await read()
    expect(value).toBe('1.1.0')
    expect(commit).toMatchObject({ id: brought, author: 'ana', subject: 'Run 1.1.0' })
    server.commit({ [path]: file('1.2.0') }, 'Run 1.2.0')
    expect((await read()).value).toBe('1.2.0')
  })

  it('is read as it is written, not as the number that it looks like', async () => {
    server.commit({ [path]: 'version: 1.10\n' }, 'A number?')
    expect((await read({ key: 'version' })).value).toBe('1.10')
  })

  it('is brought back by the revert of a commit that changed nothing else', async () => {
    const brought = server.commit({ [path]: file('1.1.0', 'port: 80\n') }, 'Run 1.1.0')
    server.commit({ 'README.md': 'The shop.' }, 'Something else')
    expect(await revert()).toMatchObject({ kind: 'written', reverts: brought })
    expect(server.file(path)).toBe(file('1.0.0'))
    expect(server.git('log', '-1', '--format=%an%n%B', 'main')).toBe(
      `Framework0 Operations Center\nRevert "Run 1.1.0"\n\nThis reverts commit ${brought}.\n\nErrors failed.\n\nRollout: r-1`,
    )
    expect((await read()).value).toBe('1.0.0')
  })

  it('is set back alone when the commit changed more, or the revert conflicts', async () => {
    const brought = server.commit({ [path]: file('1.1.0', 'port: 80\n'), 'README.md': 'New.' }, 'Run 1.1.0')
    await revert()
    expect(server.file(path)).toBe(file('1.0.0', 'port: 80\n'))
    expect(server.file('README.md')).toBe('New.')
    expect(server.git('log', '-1', '--format=%B', 'main')).toBe(
      `Set image.tag back to 1.0.0\n\nThe commit ${brought} brought 1.1.0; of it only image.tag is taken back.\n\nErrors failed.\n\nRollout: r-1`,
    )
    server.commit({ [path]: file('1.2.0', 'port: 80\n') }, 'Run 1.2.0')
    const changed = file('1.2.0', 'port: 80\n').replace('# by hand', '# by ben')
    server.commit({ [path]: changed }, 'Another comment in the same line')
    await revert({ bad: '1.2.0', rollout: 'r-2' })
    expect(server.file(path)).toBe(changed.replace('1.2.0', '1.0.0'))
  })

  it('is written once, however often it is asked for', async () => {
    server.commit({ [path]: file('1.1.0') }, 'Run 1.1.0')
    const first = await revert()
    expect(await revert()).toEqual(first)
    server.commit({ [path]: file('1.1.0') }, 'Run it all the same')
    expect(await revert()).toEqual(first)
    expect(server.subjects()).toEqual(['Run it all the same', 'Revert "Run 1.1.0"', 'Run 1.1.0', 'Begin'])
    server.commit({ [path]: file('1.3.0') }, 'Run 1.3.0')
    expect(await revert({ rollout: 'r-3' })).toEqual({ kind: 'not needed', says: '1.3.0' })
  })

  it('is written though somebody else pushes at the same moment', async () => {
    server.commit({ [path]: file('1.1.0') }, 'Run 1.1.0')
    const tree = server.git('rev-parse', 'main^{tree}')
    const other = `c=$(git commit-tree ${tree} -p main -m Faster)\nenv -u GIT_QUARANTINE_PATH git update-ref refs/heads/main $c`
    server.hook(
      'pre-receive',
      `[ -e raced ] && exit 0\ntouch raced\nunset GIT_QUARANTINE_PATH GIT_OBJECT_DIRECTORY\n${other}`,
    )
    expect(await revert()).toMatchObject({ kind: 'written' })
    expect(server.subjects()).toEqual(['Revert "Run 1.1.0"', 'Faster', 'Run 1.1.0', 'Begin'])
  })

  it('stays as it is where the branch is protected, and the refusal is told', async () => {
    server.commit({ [path]: file('1.1.0') }, 'Run 1.1.0')
    server.hook('pre-receive', 'echo "main is protected" >&2; exit 1')
    await expect(revert()).rejects.toMatchObject({
      code: 'refused',
      message: 'The repository takes no push to main: main is protected',
    })
    expect(server.file(path)).toBe(file('1.1.0'))
  })

  it('says why it cannot be read, and keeps the token to itself', async () => {
    const wrong = { user, token: 'another-secret' }
    await expect(git.read(place, wrong, signal)).rejects.toMatchObject({
      code: 'unauthenticated',
      message: 'The repository does not accept the token.',
    })
    await expect(git.read(place, null, signal)).rejects.toMatchObject({ message: 'The repository asks for a token.' })
    await expect(read({ address: 'http://127.0.0.1:9/x.git' })).rejects.toMatchObject({ code: 'unreachable' })
    await expect(read({ address: `${server.url}x` })).rejects.toMatchObject({ code: 'not_found' })
    await expect(read({ branch: 'nowhere' })).rejects.toMatchObject({
      message: 'The repository has no branch nowhere.',
    })
    await read()
    const kept = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((each) => each.isFile())
    const texts = kept.map((each) => readFileSync(join(each.parentPath, each.name)).toString('latin1'))
    expect(texts.filter((text) => text.includes(server.token) || text.includes('another-secret'))).toEqual([])
  })

  it('is not read from a file that is not there, or is a folder', async () => {
    await expect(read({ path: 'no.yaml' })).rejects.toMatchObject({ message: 'The branch main has no file no.yaml.' })
    await expect(read({ path: 'deploy' })).rejects.toMatchObject({ message: 'deploy is no file.' })
  })

  it('is read from a bare repository in a folder of this machine', async () => {
    expect((await git.read({ ...place, address: server.folder }, null, signal)).value).toBe('1.0.0')
  })

  it('is not read where Git is not installed, and that is said', async () => {
    const { PATH } = process.env
    process.env.PATH = folder
    await expect(read()).rejects.toMatchObject({ message: 'Git is not installed on this machine.' })
    process.env.PATH = PATH
    expect((await read()).value).toBe('1.0.0')
  })

  it('is read again after a kill left a lock in the kept clone', async () => {
    await read()
    server.commit({ [path]: file('1.1.0') }, 'Run 1.1.0')
    const [clone = ''] = readdirSync(folder)
    mkdirSync(join(folder, clone, 'refs', 'heads', 'main.lock'), { recursive: true })
    expect((await read()).value).toBe('1.1.0')
  })
})

describe('a value in a repository', () => {
  beforeAll(begin)
  afterAll(end)

  it.each([
    ['is no YAML', 'a: [1', /^The file is not YAML that can be read/],
    ['lacks the key', 'image: {}\n', /^The file has no key image\.tag\.$/],
    ['has a list there', 'image:\n  tag: [1, 2]\n', /^image\.tag is no single value\.$/],
    ['has a reference there', 'a: &a 1\nimage:\n  tag: *a\n', /^image\.tag refers to another value/],
    ['has a block there', 'image:\n  tag: |\n    1.0.0\n', /^image\.tag is not written on one line\.$/],
    ['is nested without end', `image: ${'['.repeat(60_000)}`, /YAML/],
    ['is huge', `image:\n  tag: 1.0.0\n#${'x'.repeat(300_000)}`, /at most 262144 are read/],
    ['is a link', { link: '/etc/passwd' }, /^deploy\/production\.yaml is a link\.$/],
  ])('is not read from a file that %s', async (_, content, message) => {
    server.commit({ [path]: content }, 'Hostile')
    await expect(read()).rejects.toMatchObject({ message: expect.stringMatching(message) })
  })

  it.each([
    ['address', { address: 'ext::sh -c id' }],
    ['address', { address: '--upload-pack=id' }],
    ['address', { address: 'ssh://-oProxyCommand=id/x' }],
    ['address', { address: 'https://ana:secret@example.org/x.git' }],
    ['address', { address: 'http://example.org/x.git' }],
    ['address', { address: 'file:///etc' }],
    ['token', { address: 'git://example.org/x.git' }],
    ['token', { address: '/srv/x.git' }],
    ['branch', { branch: '--force' }],
    ['branch', { branch: '+main' }],
    ['branch', { branch: 'a..b' }],
    ['branch', { branch: 'main:other' }],
    ['path', { path: '../secret' }],
    ['path', { path: '/etc/passwd' }],
    ['path', { path: '--output=x' }],
    ['path', { path: 'a\u0000b' }],
    ['path', { path: '.git/config' }],
  ])('is asked for at no hostile %s: %j', async (at, change) => {
    expect(() => checkPlace({ ...place, ...change }, true)).toThrow(expect.objectContaining({ code: 'invalid', at }))
    await expect(read(change)).rejects.toMatchObject({ code: 'invalid', at })
  })
})
