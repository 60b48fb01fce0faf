import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands'
import { bracketMatching } from '@codemirror/language'
import { type Diagnostic, lintGutter, lintKeymap, setDiagnostics } from '@codemirror/lint'
import { unifiedMergeView } from '@codemirror/merge'
import { Compartment, EditorState, type Extension } from '@codemirror/state'
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers, placeholder } from '@codemirror/view'
import { useEffect, useRef } from 'react'
import type { PolicyDiagnostic } from '#preload/security/policies.ts'
import { completionsAt, type Vocabulary } from './cedar-completion.ts'
import { cedarLanguage } from './cedar-language.ts'

type PolicyEditorProps = {
  readonly label: string
  readonly value: string
  /** Left out, the text can only be read. */
  readonly onChange?: ((text: string) => void) | undefined
  readonly diagnostics?: readonly PolicyDiagnostic[] | undefined
  readonly vocabulary?: Vocabulary | undefined
  readonly schema?: string | undefined
  /** Shown against this text, line by line. */
  readonly comparedWith?: string | undefined
}

const look = EditorView.theme({
  '&': { height: '100%', color: 'var(--fg)', backgroundColor: 'var(--surface-0)', fontSize: '12px' },
  '&.cm-focused': { outline: '2px solid var(--accent)', outlineOffset: '-2px' },
  '.cm-scroller': { fontFamily: 'var(--font-mono, ui-monospace, monospace)', lineHeight: '18px' },
  '.cm-content': { caretColor: 'var(--fg)' },
  '.cm-cursor': { borderLeftColor: 'var(--fg)' },
  '.cm-gutters': { backgroundColor: 'var(--surface-1)', color: 'var(--muted)', borderRight: '1px solid var(--line)' },
  '.cm-activeLine': { backgroundColor: 'var(--hover)' },
  '.cm-selectionBackground, &.cm-focused .cm-selectionBackground': { backgroundColor: 'var(--selected) !important' },
  '.cm-tooltip': {
    backgroundColor: 'var(--surface-2)',
    color: 'var(--fg)',
    border: '1px solid var(--line)',
    borderRadius: '4px',
  },
  '.cm-tooltip-autocomplete > ul > li[aria-selected]': { backgroundColor: 'var(--accent)', color: 'var(--on-fill)' },
  '.cm-placeholder': { color: 'var(--muted)' },
  '.cm-completionDetail': { color: 'var(--muted)', fontStyle: 'normal' },
  'li[aria-selected] .cm-completionDetail': { color: 'inherit' },
  '.cm-matchingBracket': { backgroundColor: 'var(--selected) !important', color: 'inherit' },
  '.cm-changedLine': { backgroundColor: 'color-mix(in srgb, var(--ok) 12%, transparent) !important' },
  '.cm-deletedChunk': { backgroundColor: 'color-mix(in srgb, var(--high) 12%, transparent) !important' },
})

/** What an empty text shows, greyed: enough to begin from. */
const example = `// Somebody else agrees before a connection of production is removed:
@id("production-needs-agreement")
@advice("approval")
@reason("A connection of production is removed by two people.")
forbid (
  principal,
  action == Action::"connections.remove",
  resource in Environment::"production"
) when { context.approvals < 1 };`

const toDiagnostic =
  (length: number) =>
  ({ severity, message, hint, from, to }: PolicyDiagnostic): Diagnostic => ({
    severity,
    from: Math.min(from, length),
    to: Math.min(Math.max(to, from), length),
    message: hint === null ? message : `${message} ${hint}`,
  })

/**
 * An editor for Cedar. It lives in a shadow root, because CodeMirror brings its styles as adopted sheets only there, and
 * our content security policy takes no others. Tab leaves it, as it leaves every field.
 */
export function PolicyEditor(props: PolicyEditorProps) {
  const { label, value, onChange, diagnostics, comparedWith } = props
  const host = useRef<HTMLDivElement>(null)
  const view = useRef<EditorView | null>(null)
  const latest = useRef(props)
  latest.current = props
  const comparison = useRef(new Compartment())
  const editable = onChange !== undefined

  useEffect(() => {
    const element = host.current
    if (element === null) return
    const root = element.shadowRoot ?? element.attachShadow({ mode: 'open' })
    const comparing = comparison.current
    const editor = new EditorView({
      root,
      parent: root,
      state: EditorState.create({
        doc: latest.current.value,
        extensions: [extensionsFor(label, editable, latest), comparing.of([])],
      }),
    })
    view.current = editor
    return () => {
      editor.destroy()
      view.current = null
    }
  }, [label, editable])

  useEffect(() => {
    const editor = view.current
    if (editor === null || editor.state.doc.toString() === value) return
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value } })
  }, [value])

  useEffect(() => {
    const editor = view.current
    if (editor === null) return
    const shown = (diagnostics ?? []).map(toDiagnostic(editor.state.doc.length))
    editor.dispatch(setDiagnostics(editor.state, shown))
  }, [diagnostics])

  useEffect(() => {
    const merge =
      comparedWith === undefined
        ? []
        : unifiedMergeView({ original: comparedWith, mergeControls: false, gutter: true, highlightChanges: false })
    view.current?.dispatch({ effects: comparison.current.reconfigure(merge) })
  }, [comparedWith])

  // The class tells the shortcuts of the page that this takes text: they see the host, not what is in its shadow.
  return <div ref={host} className="cm-editor h-full min-h-0" />
}

function extensionsFor(label: string, editable: boolean, latest: { readonly current: PolicyEditorProps }): Extension {
  return [
    lineNumbers(),
    history(),
    drawSelection(),
    highlightActiveLine(),
    bracketMatching(),
    closeBrackets(),
    lintGutter(),
    cedarLanguage,
    look,
    EditorView.lineWrapping,
    placeholder(example),
    EditorView.contentAttributes.of({ 'aria-label': label }),
    EditorState.readOnly.of(!editable),
    keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap, ...completionKeymap, ...lintKeymap]),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) latest.current.onChange?.(update.state.doc.toString())
    }),
    autocompletion({
      override: [
        (context) => {
          const { vocabulary, schema = '' } = latest.current
          const found = vocabulary && completionsAt(context.state.sliceDoc(0, context.pos), vocabulary, schema)
          if (!found) return null
          return {
            from: found.from,
            options: found.options.map(({ label: text, detail, kind }) => ({
              label: text,
              type: kind,
              ...(detail === undefined ? {} : { detail }),
            })),
          }
        },
      ],
    }),
  ]
}
