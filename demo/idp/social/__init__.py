"""Local stand-ins for Facebook Login and Login with Amazon: OAuth 2.0 providers that sign nothing.

They share process, people, faults and record of calls with the OpenID providers. What an access token is worth is said
by the provider alone: `facebook` and `amazon` hold the shapes, `pages` what both do in the browser.
"""
