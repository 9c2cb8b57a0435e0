"""SCIM 2.0 (RFC 7643, RFC 7644): directories push their people and groups, so that who has left is out at once.

Half a second of start and 28 MB hang on scim2_models, so nothing imports it before a directory calls:
accounts.scim.views is the door, and what stands behind it is imported there. What signing in needs of a directory
(accounts.scim.standing) does without it.
"""
