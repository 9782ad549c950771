// The template editor: the parts of CodeMirror that it needs, in our colours, in a shadow root.
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { bracketMatching, HighlightStyle, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { search, searchKeymap } from "@codemirror/search";
import { Compartment, EditorState } from "@codemirror/state";
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { languageOf } from "./languages.js";

const colours = HighlightStyle.define([
  { tag: tags.tagName, color: "var(--accent-ink)" },
  { tag: tags.attributeName, color: "var(--warn)" },
  { tag: [tags.string, tags.url], color: "var(--ok)" },
  { tag: [tags.comment, tags.meta], color: "var(--ink-faint)", fontStyle: "italic" },
  { tag: tags.special(tags.variableName), color: "var(--code-liquid, var(--danger))" },
  { tag: tags.heading, fontWeight: "650" },
  { tag: tags.strong, fontWeight: "650" },
  { tag: tags.emphasis, fontStyle: "italic" },
  { tag: tags.list, color: "var(--accent-ink)" },
]);

const look = EditorView.theme({
  "&": { color: "var(--ink)", backgroundColor: "var(--surface)", fontSize: "0.8125rem", height: "100%" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.55", overflow: "auto" },
  ".cm-content": { padding: "0.5rem 0", caretColor: "var(--ink)" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  ".cm-gutters": { backgroundColor: "var(--sunken)", color: "var(--ink-faint)", border: "0" },
  ".cm-activeLine": { backgroundColor: "color-mix(in srgb, var(--accent-soft) 45%, transparent)" },
  ".cm-activeLineGutter": { backgroundColor: "var(--accent-soft)", color: "var(--ink)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "var(--accent-line)",
  },
  ".cm-matchingBracket, &.cm-focused .cm-matchingBracket": {
    backgroundColor: "var(--accent-soft)",
    outline: "1px solid var(--accent-line)",
  },
  ".cm-panels": { backgroundColor: "var(--sunken)", color: "var(--ink)" },
  ".cm-panels-bottom": { borderTop: "1px solid var(--line)" },
  ".cm-panel.cm-search": { padding: "0.4rem 2rem 0.4rem 0.5rem", fontFamily: "var(--font)" },
  ".cm-textfield": {
    backgroundColor: "var(--surface)",
    color: "var(--ink)",
    border: "1px solid var(--line-strong)",
    borderRadius: "5px",
    fontSize: "0.8125rem",
  },
  ".cm-button": {
    backgroundImage: "none",
    backgroundColor: "var(--surface)",
    color: "var(--ink)",
    border: "1px solid var(--line-strong)",
    borderRadius: "5px",
    fontSize: "0.8125rem",
  },
  ".cm-searchMatch": { backgroundColor: "var(--warn-line)" },
  ".cm-panel.cm-search [name=close]": { color: "var(--ink)" },
});

// What is typed over a selection in a shadow root does not reach CodeMirror in every browser.
const typing = EditorView.domEventHandlers({
  beforeinput(event, view) {
    const { state } = view;
    if (event.inputType !== "insertText" || event.data === null || view.composing || state.readOnly) return false;
    const selection = view.root.getSelection?.() ?? document.getSelection();
    let { from, to } = state.selection.main;
    if (
      from === to &&
      selection?.anchorNode &&
      view.contentDOM.contains(selection.anchorNode) &&
      view.contentDOM.contains(selection.focusNode)
    ) {
      const ends = [
        view.posAtDOM(selection.anchorNode, selection.anchorOffset),
        view.posAtDOM(selection.focusNode, selection.focusOffset),
      ];
      from = Math.min(...ends);
      to = Math.max(...ends);
    }
    if (from === to) return false;
    event.preventDefault();
    const insert = state.toText(event.data);
    view.dispatch({
      changes: { from, to, insert },
      selection: { anchor: from + insert.length },
      scrollIntoView: true,
      userEvent: "input.type",
    });
    return true;
  },
});

export function makeEditor({ root, parent, text, format, label, describedBy, readOnly, changed }) {
  const attributes = new Compartment();
  const language = new Compartment();
  const named = () =>
    EditorView.contentAttributes.of({
      "aria-label": label,
      "aria-multiline": "true",
      tabindex: "0",
      spellcheck: "false",
      autocapitalize: "off",
      autocorrect: "off",
      ...(describedBy ? { "aria-description": describedBy } : {}),
    });
  const view = new EditorView({
    root,
    parent,
    state: EditorState.create({
      doc: text,
      extensions: [
        lineNumbers(),
        highlightSpecialChars(),
        history(),
        drawSelection(),
        bracketMatching(),
        highlightActiveLine(),
        highlightActiveLineGutter(),
        search(),
        typing,
        indentUnit.of("  "),
        EditorState.tabSize.of(2),
        EditorView.lineWrapping,
        syntaxHighlighting(colours),
        look,
        keymap.of([...defaultKeymap, ...historyKeymap, ...searchKeymap]),
        attributes.of(named()),
        language.of(languageOf(format)),
        EditorState.readOnly.of(!!readOnly),
        EditorView.updateListener.of((update) => update.docChanged && changed(view.state.doc.toString())),
      ],
    }),
  });
  return {
    view,
    focus: () => view.focus(),
    speak: (name) => view.dispatch({ effects: language.reconfigure(languageOf(name)) }),
    insert(words) {
      view.dispatch(view.state.replaceSelection(words), { scrollIntoView: true, userEvent: "input" });
    },
    replace(words) {
      if (words !== view.state.doc.toString())
        view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: words } });
    },
    goTo(line) {
      const { from, to } = view.state.doc.line(Math.min(Math.max(line, 1), view.state.doc.lines));
      view.dispatch({ selection: { anchor: to }, effects: EditorView.scrollIntoView(from, { y: "center" }) });
      view.focus();
    },
    line: () => view.state.doc.lineAt(view.state.selection.main.head).number,
    destroy: () => view.destroy(),
  };
}
