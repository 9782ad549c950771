"""A believable business in a sandbox, and pictures of every screen of it (``make screenshots``)."""
