"""Two strict local OpenID Connect providers: one shaped like Google, one shaped like ADFS.

Nothing in production imports this. See `people` for who can sign in, `google` and `adfs` for the shapes,
`faults` for making a provider misbehave, and `testing` for starting both from a test.
"""
