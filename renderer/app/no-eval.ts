import { config } from 'zod'

// Our CSP forbids eval. zod would try it once, and every start would report a violation. Import this module first.
config({ jitless: true })
