import { setFlagsFromString } from 'node:v8'

const never = 2 ** 31 - 1

/**
 * Keeps V8 from compiling the calls of WebAssembly into JavaScript. All threads share what it compiles, and one may free
 * what another holds, which ends the process ("Check failed: jit_page.has_value()", seen with Node 24; nodejs/node#64500).
 * undici parses HTTP that way, on the main thread and on the telemetry thread. Uncompiled, a call takes 16 ns instead of 7.
 * Electron brings a V8 of its own, whose flags are fixed once it runs.
 */
export function keepWasmCallsUncompiled(): void {
  if (process.versions.electron === undefined) setFlagsFromString(`--wasm-wrapper-tiering-budget=${never}`)
}
