// Colours for HTML, MJML and Markdown with Liquid in them: what an eye needs, and no grammar, which
// would be ten times as large.
import { StreamLanguage } from "@codemirror/language";

// Liquid, wherever it stands; null: this is none.
function liquid(stream, state) {
  if (state.liquid) {
    if (stream.match(state.liquid)) state.liquid = "";
    else if (!stream.match(/^"[^"]*"?|^'[^']*'?/)) stream.next();
    else return "string";
    return "variableName.special";
  }
  if (stream.match("{{")) state.liquid = "}}";
  else if (stream.match("{%")) state.liquid = "%}";
  else return null;
  return "variableName.special";
}

// Tags, comments and entities; undefined: text.
function markup(stream, state) {
  if (state.comment) {
    if (stream.match("-->")) state.comment = false;
    else stream.next();
    return "comment";
  }
  if (state.quote) {
    if (stream.next() === state.quote) state.quote = "";
    return "string";
  }
  if (state.tag) {
    if (stream.eatSpace()) return null;
    if (stream.match(/^\/?>/)) {
      state.tag = false;
      return "tagName";
    }
    const next = stream.peek();
    if (next === '"' || next === "'") {
      state.quote = stream.next();
      return "string";
    }
    if (stream.match(/^[^\s=>"'{]+/)) return "attributeName";
    stream.next();
    return null;
  }
  if (stream.match("<!--")) {
    state.comment = true;
    return "comment";
  }
  if (stream.match(/^<![^>]*>?/)) return "meta";
  if (stream.match(/^<\/?[a-zA-Z][\w:-]*/)) {
    state.tag = true;
    return "tagName";
  }
  if (stream.match(/^&#?\w+;/)) return "meta";
}

function markdown(stream, state) {
  if (stream.sol()) {
    if (stream.match(/^```/)) {
      state.fence = !state.fence;
      return "meta";
    }
    if (!state.fence && stream.match(/^ {0,3}#{1,6} /)) state.heading = true;
    else {
      if (!state.fence && stream.match(/^\s*(?:[-*+]|\d+[.)]) /)) return "list";
      if (!state.fence && stream.match(/^\s*> ?/)) return "meta";
    }
  }
  const here = state.heading ? "heading" : null;
  if (state.fence) return stream.next() && "meta";
  if (stream.match(/^`[^`]*`/)) return "meta";
  if (stream.match(/^\*\*[^*{]+\*\*|^__[^_{]+__/)) return "strong";
  if (stream.match(/^\*[^*\s{][^*{]*\*/)) return "emphasis";
  if (stream.match(/^!?\[[^\]{]*\](?=\()/)) return "tagName";
  if (stream.match(/^\([^)\s{]*\)|^https?:\/\/[^\s<>{)]+/)) return "url";
  stream.next();
  return here;
}

function language(isMarkdown) {
  return StreamLanguage.define({
    name: isMarkdown ? "markdown" : "markup",
    startState: () => ({ liquid: "", comment: false, quote: "", tag: false, fence: false, heading: false }),
    token(stream, state) {
      if (stream.sol()) state.heading = false;
      const inLiquid = liquid(stream, state);
      if (inLiquid) return inLiquid;
      const inMarkup = markup(stream, state);
      if (inMarkup !== undefined) return inMarkup;
      if (isMarkdown) return markdown(stream, state);
      stream.next();
      return null;
    },
    languageData: { commentTokens: { block: { open: "<!--", close: "-->" } } },
  });
}

const ofMarkup = language(false);
const ofMarkdown = language(true);
export const languageOf = (format) => (format === "markdown" ? ofMarkdown : ofMarkup);
