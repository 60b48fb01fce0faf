import { BellOff, ChevronDown, Copy, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { Button } from '../Button.tsx'
import { ConfirmDialog } from '../ConfirmDialog.tsx'
import { Dialog } from '../Dialog.tsx'
import { Drawer } from '../Drawer.tsx'
import { Menu } from '../Menu.tsx'
import { Popover } from '../Popover.tsx'
import { SplitPane } from '../SplitPane.tsx'
import { toast } from '../toasts.ts'

type Open = 'none' | 'dialog' | 'confirm' | 'drawer'
const idle = () => undefined

function Buttons({ open }: { readonly open: (what: Open) => void }) {
  return (
    <div className="flex gap-2 p-3">
      <Button onClick={() => open('dialog')}>Dialog</Button>
      <Button onClick={() => open('confirm')}>Confirm</Button>
      <Button onClick={() => open('drawer')}>Drawer</Button>
      <Button onClick={() => toast('Silence 4f2a expired', { action: { label: 'Undo', run: idle } })}>Toast</Button>
      <Menu
        label="Actions"
        trigger={
          <Button>
            Menu <ChevronDown aria-hidden size={12} />
          </Button>
        }
        items={[
          { id: 'silence', label: 'Silence…', icon: BellOff, shortcut: 's', run: idle },
          { id: 'copy', label: 'Copy labels', icon: Copy, shortcut: 'Mod+C', run: idle },
          { kind: 'separator', id: 'line' },
          { id: 'ack', label: 'Acknowledge', forbidden: 'The role viewer may not acknowledge.', run: idle },
          { id: 'expire', label: 'Expire', icon: Trash2, destructive: true, run: idle },
        ]}
      />
      <Popover label="More" trigger={<Button>Popover</Button>}>
        <p className="p-3">A popover with any content.</p>
      </Popover>
    </div>
  )
}

export function Overlays() {
  const [open, setOpen] = useState<Open>('none')
  const close = () => setOpen('none')
  return (
    <div className="flex h-full flex-col">
      <Buttons open={setOpen} />
      <div className="min-h-0 flex-1 border-t border-line">
        <SplitPane
          name="gallery"
          list={<p className="p-3">List</p>}
          detail={<p className="p-3">Detail, with a divider that arrows move</p>}
        />
      </div>
      <Dialog open={open === 'dialog'} onClose={close} title="Connection" footer={<Button kind="primary">Save</Button>}>
        <p>Any form.</p>
      </Dialog>
      <ConfirmDialog
        open={open === 'confirm'}
        onClose={close}
        onConfirm={close}
        title="Expire 3 silences?"
        target="payments-db-maintenance, search-reindex, edge-cert-rotation"
        effect="12 alerts will notify at once. This cannot be undone."
        action="Expire silences"
        typedName="production"
      />
      <Drawer open={open === 'drawer'} onClose={close} title="New silence">
        <p>A tall form.</p>
      </Drawer>
    </div>
  )
}
