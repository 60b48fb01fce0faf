import * as electron from 'electron'
import { runDesktop } from './electron-host.ts'

/** Entry: the desktop application. Everything it does is in electron-host.ts, which a test drives with a stand-in. */
void runDesktop(electron, import.meta.filename, process.argv.slice(electron.app.isPackaged ? 1 : 2))
