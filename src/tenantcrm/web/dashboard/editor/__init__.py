"""The message editor: what is typed (``writing``), in blocks (``block_rows``), in another format
(``switching``); how it looks (``seeing``, ``drafts``), what is found in it (``finding_words``), and
the page of it all (``page``).
"""
