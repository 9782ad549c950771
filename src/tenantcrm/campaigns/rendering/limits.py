"""How much a template may take. They bind nobody who writes mails, and end every endless one.

A render is stopped by counted work, not by a clock: the same template and contact always end the
same way, however busy the machine is. All of it used up takes about a second.
"""

MAX_HTML_SOURCE = 1_000_000
"""Characters of an HTML template."""
MAX_MJML_SOURCE = 250_000
"""Characters of an MJML template: what comes out is several times as long."""
MAX_MARKDOWN_SOURCE = 100_000
"""Characters of a Markdown template: some 15,000 words."""
MAX_BLOCKS_SOURCE = 250_000
"""Characters of a mail of blocks, which is JSON."""
MAX_LINE_SOURCE = 1_000
"""Characters of the source of a subject or a preheader."""

MAX_CONSTRUCTS = 5_000
"""Tags and outputs in a template."""
MAX_CONSTRUCT = 1_000
"""Characters of one tag or output; the lexer's expressions are quadratic in it."""
MAX_LIQUID = 100_000
"""Characters of all tags and outputs together."""
MAX_LIQUID_TAG = 10_000
"""Characters of one ``{% liquid %}`` tag, which holds a tag on each line."""
MAX_BLANKS = 100
"""White space in a row inside a tag, for the same reason."""
MAX_BRACKETS = 25
"""Opening brackets of one kind inside a tag, for the same reason."""

MAX_STEPS = 100_000
"""Nodes and expressions evaluated in one render; a filter counts by what it is given."""
MAX_CHARACTERS = 2_000_000
"""Characters written or assigned in one render."""
MAX_VALUE = 50_000
"""Characters of one value."""
MAX_ITEMS = 10_000
"""Length of a list or a range."""
MAX_BITS = 256
"""Bits of a whole number."""

MAX_SUBJECT = 998
"""Characters of a rendered subject, as of a stored one; what is longer is cut."""

MAX_MARKDOWN_BRACKETS = 2_000
"""Opening brackets in Markdown; its parser is quadratic in those that nothing closes."""
MAX_MJML_ELEMENTS = 2_000
MAX_MJML_COMPONENTS = 600
"""``<mj-…>`` elements. The parser recurses on the C stack: some 1,400 nested sections end the
process, so the number of all of them stays well below."""

MAX_INLINED_ELEMENTS = 5_000
MAX_INLINED_WORK = 200_000
"""Declarations times elements up to which style sheets are inlined (each copy may cost 10 µs)."""

MAX_CONVERTED_TAGS = 10_000
"""Tags up to which a page is set as text with care, at 50 µs each."""
