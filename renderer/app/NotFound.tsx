import { Link, useLocation, useRouter } from '@tanstack/react-router'
import { Compass } from 'lucide-react'
import { Button } from '../ui/Button.tsx'
import { SafeText } from '../ui/SafeText.tsx'

/** An address without a screen, and the ways back. */
export function NotFound() {
  const router = useRouter()
  const path = useLocation({ select: (location) => location.pathname })
  return (
    <div className="flex h-full flex-col items-center justify-center gap-2 p-6 text-center">
      <title>Not found · Framework0</title>
      <Compass aria-hidden size={22} strokeWidth={1.5} className="text-muted" />
      <h1 className="font-medium">There is no screen at this address</h1>
      <SafeText mono text={path} className="max-w-full text-muted" />
      <div className="mt-2 flex items-center gap-3">
        <Button onClick={() => router.history.back()}>Go back</Button>
        <Link to="/" className="text-accent hover:underline">
          Go to the overview
        </Link>
      </div>
    </div>
  )
}
