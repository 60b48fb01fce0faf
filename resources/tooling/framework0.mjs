#!/usr/bin/env node
// The framework0 command: brings the checkout up to date and hands over to the built command line on the right Node.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { ensureBuilt, ensureInstalled, modernNode, root } from './environment.mjs'

ensureInstalled()
ensureBuilt()
const child = spawn(modernNode(), [join(root, 'out', 'main', 'cli.js'), ...process.argv.slice(2)], { stdio: 'inherit' })
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)))
